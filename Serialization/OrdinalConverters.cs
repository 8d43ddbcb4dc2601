using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ProvingMarket.Serialization;

/// <summary>Reads sorted maps and sets of names so that they go on comparing them by their code units, as they did before they were written. By itself the
/// framework would give them the comparison of the process's culture: another order on another machine, and two names that are one.</summary>
internal sealed class OrdinalConverterFactory : JsonConverterFactory
{
    /// <inheritdoc/>
    public override bool CanConvert(Type typeToConvert) => Handles(typeToConvert);

    /// <inheritdoc/>
    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) => typeToConvert == typeof(ImmutableSortedSet<string>)
        ? new OrdinalSetConverter()
        : (JsonConverter)Activator.CreateInstance(MapConverterOf(typeToConvert), options)!;

    /// <summary>Gets the empty set or map of a type.</summary>
    /// <param name="type">The type.</param>
    /// <returns>It; null for other types.</returns>
    internal static object? EmptyOf(Type type) =>
        !Handles(type) ? null
        : type == typeof(ImmutableSortedSet<string>) ? OrdinalSetConverter.Empty
        : MapConverterOf(type).GetField(nameof(OrdinalMapConverter<int>.Empty), BindingFlags.NonPublic | BindingFlags.Static)!.GetValue(null);

    private static bool Handles(Type type) =>
        type == typeof(ImmutableSortedSet<string>)
        || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableSortedDictionary<,>) && type.GetGenericArguments()[0] == typeof(string));

    private static Type MapConverterOf(Type type) => typeof(OrdinalMapConverter<>).MakeGenericType(type.GetGenericArguments()[1]);
}

/// <summary>A sorted map of names as an object.</summary>
/// <typeparam name="TValue">The type of the values.</typeparam>
internal sealed class OrdinalMapConverter<TValue>(JsonSerializerOptions options) : JsonConverter<ImmutableSortedDictionary<string, TValue>>
{
    /// <summary>Nothing.</summary>
    internal static readonly ImmutableSortedDictionary<string, TValue> Empty = ImmutableSortedDictionary.Create<string, TValue>(StringComparer.Ordinal);

    private readonly NestedConverter<TValue> _value = new(options);

    /// <inheritdoc/>
    public override ImmutableSortedDictionary<string, TValue>? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException($"A {typeToConvert} is an object.");

        ImmutableSortedDictionary<string, TValue>.Builder? entries = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            (entries ??= Empty.ToBuilder())[name] = _value.Read(ref reader)!;
        }

        return entries?.ToImmutable() ?? Empty;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ImmutableSortedDictionary<string, TValue> value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var (name, element) in value)
        {
            writer.WritePropertyName(name);
            _value.Write(writer, element);
        }

        writer.WriteEndObject();
    }
}

/// <summary>A sorted set of names as an array.</summary>
internal sealed class OrdinalSetConverter : JsonConverter<ImmutableSortedSet<string>>
{
    /// <summary>Nothing.</summary>
    internal static readonly ImmutableSortedSet<string> Empty = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override ImmutableSortedSet<string>? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException($"A {typeToConvert} is an array.");

        var names = Empty.ToBuilder();
        while (reader.Read() && reader.TokenType == JsonTokenType.String) names.Add(reader.GetString()!);
        return reader.TokenType == JsonTokenType.EndArray ? names.ToImmutable() : throw new JsonException($"A {typeToConvert} has names only.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ImmutableSortedSet<string> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var name in value) writer.WriteStringValue(name);
        writer.WriteEndArray();
    }
}
