using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace ProvingMarket.Serialization;

/// <summary>Writes the members of an object, but for those that a reader finds as they are without being told: what is null, zero or empty, and would be so in a
/// value read from nothing. Made from the contract by which such objects are read.</summary>
/// <typeparam name="T">The type of the objects.</typeparam>
internal sealed class ObjectConverter<T> : JsonConverter<T>
{
    private readonly MemberWriter<T>[] _members;

    /// <summary>Initializes a converter.</summary>
    /// <param name="contract">How values are read.</param>
    /// <param name="options">How the members' values are written.</param>
    public ObjectConverter(JsonTypeInfo<T> contract, JsonSerializerOptions options)
    {
        var (unwritten, isKnown) = ReadFromNothing(contract);
        _members = [.. contract.Properties.Where(property => property.Get is not null).Select(property => MemberWriter<T>.Of(property, unwritten, isKnown, options))];
    }

    /// <inheritdoc/>
    public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException($"{typeof(T)} is read by its contract.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        if (writer.CurrentDepth >= options.MaxDepth) throw new JsonException($"{typeof(T)} is nested too deeply.");
        writer.WriteStartObject();
        foreach (var member in _members) member.Write(writer, value);
        writer.WriteEndObject();
    }

    private static (T? Value, bool IsKnown) ReadFromNothing(JsonTypeInfo<T> contract)
    {
        try
        {
            return (JsonSerializer.Deserialize("{}"u8, contract), true);
        }
        catch (Exception error) when (error is JsonException or NotSupportedException or ArgumentException)
        {
            // A type that refuses to be nothing: all of its members are written.
            return (default, false);
        }
    }
}

/// <summary>Makes <see cref="ObjectConverter{T}"/> for every type that is read member by member.</summary>
/// <param name="reading">How values are read.</param>
internal sealed class ObjectConverterFactory(JsonSerializerOptions reading) : JsonConverterFactory
{
    /// <inheritdoc/>
    public override bool CanConvert(Type typeToConvert) =>
        !SerializedContracts.IsTuple(typeToConvert) && reading.GetTypeInfo(typeToConvert).Kind == JsonTypeInfoKind.Object;

    /// <inheritdoc/>
    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) => (JsonConverter)Activator.CreateInstance(
        typeof(ObjectConverter<>).MakeGenericType(typeToConvert), BindingFlags.Instance | BindingFlags.Public | BindingFlags.DoNotWrapExceptions, null,
        [reading.GetTypeInfo(typeToConvert), options], null)!;
}
