using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Grains.Tests.Mechanisms.Contract;

/// <summary>Transcripts as a forger writes them: one thing changed, and every hash made to fit.</summary>
internal static class Forgery
{
    /// <summary>Each entry changed in every way, left out, repeated, and moved.</summary>
    public static IEnumerable<(string What, ImmutableArray<TranscriptEntry> Transcript)> Of(ImmutableArray<TranscriptEntry> transcript)
    {
        for (var i = 0; i < transcript.Length; i++)
        {
            var entry = transcript[i];
            yield return Changed("value", i, entry with { Value = entry.Value + "1" });
            yield return Changed("emptied value", i, entry with { Value = entry.Value.Length == 0 ? "x" : "" });
            yield return Changed("prover", i, entry with { ProverId = entry.ProverId is null ? "somebody" : "somebody-else" });
            yield return Changed("missing prover", i, entry with { ProverId = entry.ProverId is null ? "" : null });
            yield return Changed("time", i, entry with { At = entry.At.AddTicks(1) });
            yield return Changed("kind", i, entry with { Kind = entry.Kind == TranscriptKind.Paid ? TranscriptKind.Missed : TranscriptKind.Paid });
            yield return ($"entry {i} left out", Rehashed(transcript.RemoveAt(i)));
            yield return ($"entry {i} repeated", Rehashed(transcript.Insert(i, entry)));
            if (i > 0) yield return ($"entry {i} moved", Rehashed(transcript.RemoveAt(i).Insert(i - 1, entry)));
        }

        (string, ImmutableArray<TranscriptEntry>) Changed(string what, int i, TranscriptEntry forged) =>
            ($"entry {i}: {what}", Rehashed(transcript.SetItem(i, forged)));
    }

    /// <summary>The entries with hashes that fit.</summary>
    public static ImmutableArray<TranscriptEntry> Rehashed(IEnumerable<TranscriptEntry> entries) => entries.Aggregate(
        ImmutableArray<TranscriptEntry>.Empty, (before, entry) => TranscriptRules.Append(before, entry.Kind, entry.At, entry.ProverId, entry.Value));
}
