using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Mechanisms.Elections;

/// <summary>Computes the draws of a run again from its order and its transcript.</summary>
public static class ElectionAudit
{
    /// <summary>The first entry that does not follow: randomness that was not committed to before the candidates, a draw that gives others, a lease for
    /// somebody who was not drawn or whose turn had not come.</summary>
    public static AuditFinding? Check(RunOrder order, ElectionTerms terms, ImmutableArray<TranscriptEntry> transcript)
    {
        var draws = new DrawRecord();
        var turns = new Dictionary<string, int>(StringComparer.Ordinal);
        var called = new HashSet<string>(StringComparer.Ordinal);
        var drawnSoFar = 0;
        for (var i = 0; i < transcript.Length; i++)
        {
            var entry = transcript[i];
            var wrong = draws.Follow(entry);
            switch (entry.Kind)
            {
                case TranscriptKind.Drawn:
                    wrong = draws.Revealed is { } randomness ? CheckDrawn(entry.Value, randomness) : "drawn without randomness";
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
            var candidates = draws.Candidates;
            if (candidates.Any(candidate => turns.ContainsKey(candidate.ProverId))) return "somebody who had been drawn before was drawn again";
            var ranked = Draw.Rank(Draw.SeedOf(randomness, order.RequestId, order.Stage), candidates, terms.AlphaPercent);
            var drawn = ranked[..Math.Min(ranked.Length, terms.Seats + terms.Backups)];
            foreach (var prover in drawn) turns[prover] = ++drawnSoFar;
            draws.Drawn(drawn);
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
}
