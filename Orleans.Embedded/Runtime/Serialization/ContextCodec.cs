using System.Text.Json;
using ProvingMarket.Serialization;

namespace Orleans.Serialization;

/// <summary>Writes the values of <see cref="Runtime.RequestContext"/>: each with a tag that says which of a few plain types it has.</summary>
/// <param name="codec">Writes the values themselves.</param>
internal sealed class ContextCodec(JsonCodec codec)
{
    /// <summary>Writes the values.</summary>
    /// <param name="writer">Receives an object with a member for each value.</param>
    /// <param name="values">The values.</param>
    /// <exception cref="CodecNotFoundException">A value is of another type.</exception>
    internal void Write(Utf8JsonWriter writer, Dictionary<string, object> values)
    {
        writer.WriteStartObject();
        foreach (var (key, value) in values)
        {
            writer.WriteStartArray(key);
            switch (value)
            {
                case string text: Write(writer, "s", text); break;
                case bool flag: Write(writer, "b", flag); break;
                case int number: Write(writer, "i", number); break;
                case long number: Write(writer, "l", number); break;
                case double number: Write(writer, "d", number); break;
                case decimal number: Write(writer, "m", number); break;
                case Guid id: Write(writer, "g", id); break;
                case DateTimeOffset time: Write(writer, "t", time); break;
                case TimeSpan duration: Write(writer, "p", duration); break;
                default: throw new CodecNotFoundException($"The request context's value '{key}' is a {value.GetType()}: only text, bool, int, long, double, decimal, Guid, DateTimeOffset and TimeSpan travel to other processes.");
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    /// <summary>Reads values.</summary>
    /// <param name="reader">Is at the object's first token, and afterwards at its last.</param>
    /// <returns>The values.</returns>
    /// <exception cref="JsonException">The text is malformed.</exception>
    internal Dictionary<string, object> Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw Malformed();

        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray || !reader.Read() || reader.TokenType != JsonTokenType.String) throw Malformed();
            var tag = reader.GetString();
            reader.Read();
            values[key] = ReadValue(ref reader, tag);
            if (!reader.Read() || reader.TokenType != JsonTokenType.EndArray) throw Malformed();
        }

        return values;
    }

    private void Write<T>(Utf8JsonWriter writer, string tag, T value)
    {
        writer.WriteStringValue(tag);
        codec.Write(writer, value);
    }

    private object ReadValue(ref Utf8JsonReader reader, string? tag) => tag switch
    {
        "s" => codec.Read<string>(ref reader) ?? throw Malformed(),
        "b" => codec.Read<bool>(ref reader),
        "i" => codec.Read<int>(ref reader),
        "l" => codec.Read<long>(ref reader),
        "d" => codec.Read<double>(ref reader),
        "m" => codec.Read<decimal>(ref reader),
        "g" => codec.Read<Guid>(ref reader),
        "t" => codec.Read<DateTimeOffset>(ref reader),
        "p" => codec.Read<TimeSpan>(ref reader),
        _ => throw Malformed(),
    };

    private static JsonException Malformed() => new("""A request context is an object of tagged values: {"key": ["s", "text"], …}.""");
}
