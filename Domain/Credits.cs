using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ProvingMarket.Domain;

/// <summary>An amount of money in micro-credits (1 credit = 1,000,000 micro-credits). Arithmetic is checked: it throws
/// <see cref="OverflowException"/> rather than wrap, and there is no floating point.</summary>
[GenerateSerializer, Immutable, Alias("pm.Credits")]
[JsonConverter(typeof(CreditsJsonConverter))]
public readonly record struct Credits : IComparable<Credits>
{
    /// <summary>Micro-credits in one credit.</summary>
    public const long MicroPerCredit = 1_000_000;

    private const int Decimals = 6;

    private const int LongestText = 24;

    /// <summary>No money.</summary>
    public static readonly Credits Zero;

    /// <summary>An amount of <paramref name="micro"/> micro-credits.</summary>
    public Credits(long micro) => Micro = micro;

    /// <summary>The amount in micro-credits; negative only as a difference.</summary>
    [Id(0)] public long Micro { get; init; }

    /// <summary>A whole number of credits.</summary>
    public static Credits Whole(long credits) => new(checked(credits * MicroPerCredit));

    /// <summary>The sum; throws on overflow.</summary>
    public static Credits operator +(Credits a, Credits b) => new(checked(a.Micro + b.Micro));

    /// <summary>The difference; throws on overflow.</summary>
    public static Credits operator -(Credits a, Credits b) => new(checked(a.Micro - b.Micro));

    /// <summary>Less.</summary>
    public static bool operator <(Credits a, Credits b) => a.Micro < b.Micro;

    /// <summary>More.</summary>
    public static bool operator >(Credits a, Credits b) => a.Micro > b.Micro;

    /// <summary>Less or equal.</summary>
    public static bool operator <=(Credits a, Credits b) => a.Micro <= b.Micro;

    /// <summary>More or equal.</summary>
    public static bool operator >=(Credits a, Credits b) => a.Micro >= b.Micro;

    /// <summary>The smaller of two amounts.</summary>
    public static Credits Min(Credits a, Credits b) => a < b ? a : b;

    /// <summary>This amount times <paramref name="numerator"/> / <paramref name="denominator"/>, rounded down (towards zero).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The denominator is not positive.</exception>
    public Credits Scale(long numerator, long denominator)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(denominator);
        return new Credits(checked((long)((Int128)Micro * numerator / denominator)));
    }

    /// <inheritdoc/>
    public int CompareTo(Credits other) => Micro.CompareTo(other.Micro);

    /// <summary>Reads a decimal number of credits with at most six decimals and an optional sign, for example <c>12.5</c>. False for anything
    /// else, and for amounts that cannot be represented: nothing is rounded.</summary>
    public static bool TryParse(string? text, out Credits credits)
    {
        credits = Zero;
        // A decimal holds 28 digits and rounds what goes beyond: a longer text could lose digits silently.
        if (text is null || text.Length > LongestText) return false;
        if (text.IndexOf('.') is >= 0 and var point && text.Length - point - 1 > Decimals) return false;
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
            return false;
        var micro = value * MicroPerCredit;
        if (micro is > long.MaxValue or < long.MinValue) return false;
        credits = new Credits((long)micro);
        return true;
    }

    /// <summary>The amount in credits with the decimals it needs, for example <c>1.05</c>.</summary>
    public override string ToString() => ((decimal)Micro / MicroPerCredit).ToString("0.######", CultureInfo.InvariantCulture);
}

/// <summary>Credits in JSON are their number of micro-credits.</summary>
internal sealed class CreditsJsonConverter : JsonConverter<Credits>
{
    public override Credits Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetInt64());

    public override void Write(Utf8JsonWriter writer, Credits value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Micro);
}
