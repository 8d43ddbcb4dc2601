using System.Collections.Immutable;
using System.Globalization;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Mechanisms.Elections;

/// <summary>Computes the draws of a run again from its order and its transcript.</summary>
public static class ElectionAudit
{
    /// <summary>The first entry that does not follow: randomness that was not committed to before the candidates, a draw that gives others, a lease for
    /// somebody who was not drawn or whose turn had not come.</summary>
    public static AuditFinding? Check(RunOrder order, ElectionTerms terms, ImmutableArray<TranscriptEntry> transcript)
    {
        var (committed, beacon, candidates) = ("", default(Bytes?), ImmutableArray<ElectionCandidate>.Empty);
        var turns = new Dictionary<string, int>(StringComparer.Ordinal);
        var called = new HashSet<string>(StringComparer.Ordinal);
        var drawnSoFar = 0;
        for (var i = 0; i < transcript.Length; i++)
        {
            var entry = transcript[i];
            var wrong = default(string);
            switch (entry.Kind)
            {
                case TranscriptKind.BeaconCommitted:
                    (committed, beacon) = (entry.Value, null);
                    break;
                case TranscriptKind.BeaconRevealed:
                    beacon = BytesOf(entry.Value);
                    wrong = beacon is null || !IsCommitted(committed, beacon.Value) ? "the randomness is not what was committed to" : null;
                    break;
                case TranscriptKind.Candidates:
                    if (Parse(entry.Value) is { } parsed) candidates = parsed;
                    else wrong = "the candidates cannot be read";
                    break;
                case TranscriptKind.Drawn:
                    wrong = beacon is { } value ? CheckDrawn(entry.Value, value) : "drawn without randomness";
                    (committed, beacon) = ("", null);
                    break;
                case TranscriptKind.Offered or TranscriptKind.NotReserved or TranscriptKind.Leased:
                    wrong = CheckTurn(entry.ProverId ?? "");
                    // It may be drawn once more.
                    if (entry.Kind == TranscriptKind.NotReserved) turns.Remove(entry.ProverId ?? "");
                    break;
            }
            if (wrong is not null) return new AuditFinding(i, wrong);
        }
        return null;

        string? CheckDrawn(string value, Bytes randomness)
        {
            if (candidates.Any(candidate => turns.ContainsKey(candidate.ProverId))) return "somebody who had been drawn before was drawn again";
            var ranked = Draw.Rank(Draw.SeedOf(randomness, order.RequestId, order.Stage), candidates, terms.AlphaPercent);
            var drawn = ranked[..Math.Min(ranked.Length, terms.Seats + terms.Backups)];
            foreach (var prover in drawn) turns[prover] = ++drawnSoFar;
            return value == string.Join(' ', drawn) ? null : $"the draw gives {string.Join(' ', drawn)}";
        }

        string? CheckTurn(string prover)
        {
            if (!turns.TryGetValue(prover, out var turn)) return $"{prover} was not drawn";
            called.Add(prover);
            var passedOver = turns.Count(other => other.Value < turn && !called.Contains(other.Key));
            return passedOver < terms.Seats ? null : $"it was not the turn of {prover}";
        }
    }

    internal static bool IsCommitted(string committed, Bytes value)
    {
        var space = committed.LastIndexOf(' ');
        return space > 0 && new Beacon { Source = committed[..space], Value = value }.Commitment == committed[(space + 1)..];
    }

    internal static Bytes? BytesOf(string hex)
    {
        try
        {
            return Bytes.CopyOf(Convert.FromHexString(hex));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    internal static ImmutableArray<ElectionCandidate>? Parse(string value)
    {
        var candidates = ImmutableArray.CreateBuilder<ElectionCandidate>();
        foreach (var text in value.Split(' '))
        {
            if (text.Split('/') is not [var prover, var stake, var reputation]
                || !long.TryParse(stake, NumberStyles.None, CultureInfo.InvariantCulture, out var micro)
                || !int.TryParse(reputation, NumberStyles.None, CultureInfo.InvariantCulture, out var ppm))
                return null;
            candidates.Add(new ElectionCandidate { ProverId = prover, Stake = new Credits(micro), ReputationPpm = ppm });
        }
        return candidates.ToImmutable();
    }
}
