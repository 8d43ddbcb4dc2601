using System.Collections.Immutable;

namespace ProvingMarket.Domain.Mechanisms.Runs;

/// <summary>The chain of a run's transcript.</summary>
public static class TranscriptRules
{
    /// <summary>The transcript with one more entry.</summary>
    public static ImmutableArray<TranscriptEntry> Append(
        ImmutableArray<TranscriptEntry> transcript, TranscriptKind kind, DateTimeOffset at, string? proverId = null, string value = "")
    {
        var before = transcript.IsEmpty ? Bytes.Empty : transcript[^1].Hash;
        return transcript.Add(new TranscriptEntry { Kind = kind, At = at, ProverId = proverId, Value = value, Hash = HashOf(before, kind, at, proverId, value) });
    }

    /// <summary>The first entry whose hash does not follow from it and the entry before; null when all do. An entry that was changed, left out,
    /// put in or moved is found where it is. Whoever writes all hashes from there on anew is found by the last hash, which others know.</summary>
    public static int? FirstBroken(ImmutableArray<TranscriptEntry> transcript)
    {
        var before = Bytes.Empty;
        for (var i = 0; i < transcript.Length; i++)
        {
            var entry = transcript[i];
            if (entry.Hash != HashOf(before, entry.Kind, entry.At, entry.ProverId, entry.Value)) return i;
            before = entry.Hash;
        }
        return null;
    }

    /// <summary>SHA-256 over a prover's id and its proof, in lower-case hexadecimal. Bound to the producer: the same bytes from another prover have
    /// another digest.</summary>
    public static string DigestOf(string proverId, Bytes proof)
    {
        using var digest = new FieldDigest();
        return digest.Add(proverId).Add(proof.Span).ToHex();
    }

    private static Bytes HashOf(Bytes before, TranscriptKind kind, DateTimeOffset at, string? proverId, string value)
    {
        using var digest = new FieldDigest();
        return digest.Add(before.Span).Add((int)kind).Add(at.UtcTicks).Add(proverId).Add(value).ToBytes();
    }
}
