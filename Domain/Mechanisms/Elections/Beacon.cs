using System.Globalization;

namespace ProvingMarket.Domain.Mechanisms.Elections;

/// <summary>Randomness for a draw that nobody knows when it is committed to: a value of the market's own, committed to by its hash before the candidates are known and revealed with the draw; or a
/// round of a public beacon that is still to be published, committed to by its number once the candidates are known.</summary>
[GenerateSerializer, Immutable, Alias("pm.Beacon")]
public sealed record Beacon
{
    private const string RoundMark = "round/";

    /// <summary>Where it comes from.</summary>
    [Id(0)] public required string Source { get; init; }

    /// <summary>The randomness; of a round empty before it is published.</summary>
    [Id(1)] public required Bytes Value { get; init; }

    /// <summary>The number of the round; null for a value of the market's own.</summary>
    [Id(2)] public long? Round { get; init; }

    /// <summary>When the round is published; null for a value of the market's own.</summary>
    [Id(3)] public DateTimeOffset? PublishedAt { get; init; }

    /// <summary>What is committed to: SHA-256 over source and value, each with its length, in lower-case hexadecimal; of a round its number, and when it is published in ticks.</summary>
    public string Commitment
    {
        get
        {
            if (Round is { } round) return string.Create(CultureInfo.InvariantCulture, $"{RoundMark}{round}/{PublishedAt?.UtcTicks}");
            using var digest = new FieldDigest();
            return digest.Add(Source).Add(Value.Span).ToHex();
        }
    }

    /// <summary>When the round of a commitment is published; null when it is to a value, or cannot be read.</summary>
    internal static DateTimeOffset? PublishedAtOf(string commitment) =>
        commitment.StartsWith(RoundMark, StringComparison.Ordinal) && commitment[RoundMark.Length..].Split('/') is [var round, var ticks]
        && long.TryParse(round, NumberStyles.None, CultureInfo.InvariantCulture, out _) && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
        && at <= DateTimeOffset.MaxValue.Ticks
            ? new DateTimeOffset(at, TimeSpan.Zero)
            : null;
}
