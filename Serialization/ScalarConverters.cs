using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ProvingMarket.Serialization;

/// <summary>Writes a value as text.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
/// <param name="parse">Reads the text.</param>
/// <param name="format">Writes the text.</param>
internal sealed class TextConverter<T>(Func<string, T> parse, Func<T, string> format) : JsonConverter<T>
{
    /// <inheritdoc/>
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Parse(reader.GetString());

    /// <inheritdoc/>
    public override T ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Parse(reader.GetString());

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(format(value));

    /// <inheritdoc/>
    public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WritePropertyName(format(value));

    private T Parse(string? text)
    {
        try
        {
            return parse(text ?? "");
        }
        catch (Exception error) when (error is FormatException or OverflowException or ArgumentException)
        {
            throw new JsonException($"The text is not a {typeof(T)}: {error.Message}", error);
        }
    }
}

/// <summary>Writes a number with a fraction; what is none, and what is infinite, by its name.</summary>
/// <typeparam name="T">The type of the number.</typeparam>
internal sealed class FractionConverter<T> : JsonConverter<T> where T : struct, IBinaryFloatingPointIeee754<T>
{
    private const string NotANumber = "NaN";
    private const string Infinity = "Infinity";
    private const string NegativeInfinity = "-Infinity";

    /// <inheritdoc/>
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Number when typeof(T) == typeof(float) => T.CreateChecked(reader.GetSingle()),
        JsonTokenType.Number => T.CreateChecked(reader.GetDouble()),
        JsonTokenType.String when reader.ValueTextEquals(NotANumber) => T.NaN,
        JsonTokenType.String when reader.ValueTextEquals(Infinity) => T.PositiveInfinity,
        JsonTokenType.String when reader.ValueTextEquals(NegativeInfinity) => T.NegativeInfinity,
        _ => throw new JsonException($"A {typeof(T)} is a number, or one of {NotANumber}, {Infinity} and {NegativeInfinity}."),
    };

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        if (!T.IsFinite(value)) writer.WriteStringValue(T.IsNaN(value) ? NotANumber : T.IsPositive(value) ? Infinity : NegativeInfinity);
        else if (value is float single) writer.WriteNumberValue(single);
        else writer.WriteNumberValue(double.CreateChecked(value));
    }
}

/// <summary>Writes a time as text, or one of UTC as the number of its ticks: half as long. Reads both.</summary>
/// <param name="asTicks">Whether it is a number.</param>
internal sealed class TimeConverter(bool asTicks) : JsonConverter<DateTimeOffset>
{
    /// <inheritdoc/>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.Number) return reader.GetDateTimeOffset();
        return reader.TryGetInt64(out var ticks) && ticks >= 0 && ticks <= DateTimeOffset.MaxValue.Ticks
            ? new DateTimeOffset(ticks, TimeSpan.Zero)
            : throw new JsonException($"A time is text, or a number of ticks from 0 to {DateTimeOffset.MaxValue.Ticks}.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        if (asTicks && value.Offset == TimeSpan.Zero) writer.WriteNumberValue(value.Ticks);
        else writer.WriteStringValue(value);
    }
}

/// <summary>The scalar types that JSON numbers cannot hold exactly everywhere, and the identities of the engine.</summary>
internal static class ScalarConverters
{
    // Reading decimal digits takes time quadratic in their number.
    private const int MaxDigits = 10_000;

    /// <summary>Gets the converters.</summary>
    internal static IEnumerable<JsonConverter> All { get; } =
    [
        new FractionConverter<double>(),
        new FractionConverter<float>(),
        new FractionConverter<Half>(),
        new TextConverter<UInt128>(text => UInt128.Parse(text, CultureInfo.InvariantCulture), value => value.ToString(CultureInfo.InvariantCulture)),
        new TextConverter<Int128>(text => Int128.Parse(text, CultureInfo.InvariantCulture), value => value.ToString(CultureInfo.InvariantCulture)),
        new TextConverter<BigInteger>(ParseBigInteger, value => value.ToString(CultureInfo.InvariantCulture)),
        new TextConverter<GrainId>(text => text.Length == 0 ? default : GrainId.Parse(text), value => value.IsDefault ? "" : value.ToString()),
        new TextConverter<GrainType>(text => new GrainType(IdSpan.Create(text)), value => value.ToString()),
        new TextConverter<GrainInterfaceType>(text => new GrainInterfaceType(text), value => value.ToString()),
        new TextConverter<IdSpan>(IdSpan.Create, value => value.ToString()),
    ];

    private static BigInteger ParseBigInteger(string text) => text.Length <= MaxDigits
        ? BigInteger.Parse(text, CultureInfo.InvariantCulture)
        : throw new OverflowException($"An integer of {text.Length} characters is longer than the {MaxDigits} that are read.");
}
