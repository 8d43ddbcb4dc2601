using System.Text.Json;
using System.Text.Json.Serialization;

namespace ProvingMarket.Serialization;

/// <summary>Writes and reads values inside another value. <see cref="JsonSerializer"/> would read each of them twice, first to find its end, and flush after each.</summary>
/// <typeparam name="T">Their declared type.</typeparam>
/// <param name="options">The options of the whole.</param>
internal sealed class NestedConverter<T>(JsonSerializerOptions options)
{
    // Not before it is needed: types may contain themselves.
    private readonly Lazy<JsonConverter<T>> _converter = new(() => (JsonConverter<T>)options.GetTypeInfo(typeof(T)).Converter);

    /// <summary>Writes a value.</summary>
    /// <param name="writer">Receives it.</param>
    /// <param name="value">The value.</param>
    internal void Write(Utf8JsonWriter writer, T value)
    {
        var converter = _converter.Value;
        if (value is null && !converter.HandleNull) writer.WriteNullValue();
        else converter.Write(writer, value, options);
    }

    /// <summary>Reads a value.</summary>
    /// <param name="reader">Is at the value's first token, and afterwards at its last.</param>
    /// <returns>The value.</returns>
    internal T? Read(ref Utf8JsonReader reader)
    {
        var converter = _converter.Value;
        if (reader.TokenType != JsonTokenType.Null || converter.HandleNull) return converter.Read(ref reader, typeof(T), options);
        return default(T) is null ? default : throw new JsonException($"A {typeof(T)} cannot be null.");
    }
}
