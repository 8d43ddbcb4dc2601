using System.Collections.Immutable;
using System.Globalization;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Mechanisms.Elections;

/// <summary>The draws of a run as its transcript tells them, entry by entry: what randomness was committed to and revealed, and who can be drawn. A run reads its own transcript with it, and
/// the audit reads those of others. The first draw of a run enters all its candidates, later ones who has come, changed or gone since: of a thousand provers that decline one after the
/// other a transcript has each once, and not those who are left again with every draw.</summary>
internal sealed class DrawRecord
{
    // Behind the slash after a prover that is no candidate any more.
    private const string Gone = "-";

    private readonly SortedDictionary<string, ElectionCandidate> _candidates = new(StringComparer.Ordinal);
    private string _source = "";
    private string _commitment = "";
    private DateTimeOffset? _publishedAt;

    /// <summary>Who can be drawn next; whoever has been drawn cannot, unless it is entered once more.</summary>
    public ImmutableArray<ElectionCandidate> Candidates => [.. _candidates.Values];

    /// <summary>The randomness that was revealed for the next draw; null before it is.</summary>
    public Bytes? Revealed { get; private set; }

    /// <summary>The draws of a transcript.</summary>
    public static DrawRecord Of(ImmutableArray<TranscriptEntry> transcript)
    {
        var record = new DrawRecord();
        foreach (var entry in transcript)
        {
            if (record.Follow(entry) is { } wrong) throw new InvalidOperationException($"A run's own transcript does not follow: {wrong}.");
            if (entry.Kind == TranscriptKind.Drawn) record.Drawn(entry.Value.Split(' '));
        }
        return record;
    }

    /// <summary>Enters who can be drawn, in whichever way is shorter: all of them, or how they differ from who could be drawn before.</summary>
    public static RunState EnterCandidates(RunState run, ImmutableArray<ElectionCandidate> candidates, DateTimeOffset now)
    {
        var (all, changes) = (string.Join(' ', candidates.Select(Format)), Of(run.Transcript).ChangesTo(candidates));
        return changes.Length < all.Length
            ? RunRules.Enter(run, TranscriptKind.CandidatesChanged, now, value: changes)
            : RunRules.Enter(run, TranscriptKind.Candidates, now, value: all);
    }

    /// <summary>Takes an entry in; others than those of a draw change nothing.</summary>
    /// <returns>What does not follow; null when it does.</returns>
    public string? Follow(TranscriptEntry entry)
    {
        switch (entry.Kind)
        {
            case TranscriptKind.BeaconCommitted:
                return Commit(entry);
            case TranscriptKind.BeaconRevealed:
                Revealed = BytesOf(entry.Value);
                if (Revealed is not { Length: > 0 } value || !IsCommitted(value)) return "the randomness is not what was committed to";
                return entry.At < _publishedAt ? "the randomness was known before it was published" : null;
            case TranscriptKind.Candidates or TranscriptKind.CandidatesChanged when _publishedAt is not null:
                return "the candidates were chosen when the round to draw with was committed to already";
            case TranscriptKind.Candidates:
                _candidates.Clear();
                return Enter(entry.Value) ? null : "the candidates cannot be read";
            case TranscriptKind.CandidatesChanged:
                return entry.Value.Length == 0 || Enter(entry.Value) ? null : "who came and went among the candidates cannot be read";
            default:
                return null;
        }
    }

    /// <summary>These have been drawn: the randomness is used, and they are candidates no more.</summary>
    public void Drawn(IEnumerable<string> provers)
    {
        foreach (var prover in provers) _candidates.Remove(prover);
        (_source, _commitment, _publishedAt, Revealed) = ("", "", null, null);
    }

    private string? Commit(TranscriptEntry entry)
    {
        var space = entry.Value.LastIndexOf(' ');
        (_source, _commitment) = space > 0 ? (entry.Value[..space], entry.Value[(space + 1)..]) : ("", "");
        (_publishedAt, Revealed) = (Beacon.PublishedAtOf(_commitment), null);
        return _publishedAt <= entry.At ? "the randomness was public when it was committed to" : null;
    }

    private string ChangesTo(ImmutableArray<ElectionCandidate> candidates)
    {
        var now = candidates.ToDictionary(candidate => candidate.ProverId, StringComparer.Ordinal);
        var gone = _candidates.Keys.Where(prover => !now.ContainsKey(prover)).Select(prover => $"{prover}/{Gone}");
        return string.Join(' ', gone.Concat(candidates.Where(candidate => _candidates.GetValueOrDefault(candidate.ProverId) != candidate).Select(Format)));
    }

    private bool Enter(string value)
    {
        foreach (var text in value.Split(' '))
        {
            switch (text.Split('/'))
            {
                case [var prover, Gone]:
                    if (!_candidates.Remove(prover)) return false;
                    break;
                case [var prover, var stake, var reputation]
                    when long.TryParse(stake, NumberStyles.None, CultureInfo.InvariantCulture, out var micro) && int.TryParse(reputation, NumberStyles.None, CultureInfo.InvariantCulture, out var ppm):
                    _candidates[prover] = new ElectionCandidate { ProverId = prover, Stake = new Credits(micro), ReputationPpm = ppm };
                    break;
                default:
                    return false;
            }
        }
        return true;
    }

    /// <summary>Of a round anybody can ask its beacon: nothing that the transcript has says which value it was to have.</summary>
    private bool IsCommitted(Bytes value) => _publishedAt is not null || new Beacon { Source = _source, Value = value }.Commitment == _commitment;

    private static Bytes? BytesOf(string hex)
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

    /// <summary>A candidate as the transcript has it: prover, stake in micro-credits and reputation in millionths, with slashes between, which no id
    /// has.</summary>
    private static string Format(ElectionCandidate candidate) =>
        string.Create(CultureInfo.InvariantCulture, $"{candidate.ProverId}/{candidate.Stake.Micro}/{candidate.ReputationPpm}");
}
