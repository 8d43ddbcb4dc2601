using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace ProvingMarket.Serialization;

/// <summary>A member's value that was read by the name that the member has in another form. A type of its own, because a constructor's parameter is bound to one member of its name and type.</summary>
/// <typeparam name="T">The type of the member.</typeparam>
/// <param name="Value">The value.</param>
internal readonly record struct OtherName<T>(T? Value)
{
    /// <summary>Makes a member that is only read, by another name.</summary>
    /// <param name="contract">The contract it is for.</param>
    /// <param name="name">The name.</param>
    /// <param name="set">Sets the member.</param>
    /// <returns>The member.</returns>
    internal static JsonPropertyInfo Of(JsonTypeInfo contract, string name, Action<object, object?> set)
    {
        var member = contract.CreateJsonPropertyInfo(typeof(OtherName<T>), name);
        member.CustomConverter = new OtherNameConverter<T>(contract.Options);
        member.Set = (owner, read) => set(owner, ((OtherName<T>)read!).Value);
        return member;
    }
}

/// <summary>Reads values by the other names of their members.</summary>
/// <typeparam name="T">The type of the member.</typeparam>
/// <param name="options">The options of the whole.</param>
internal sealed class OtherNameConverter<T>(JsonSerializerOptions options) : JsonConverter<OtherName<T>>
{
    private readonly NestedConverter<T> _value = new(options);

    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    public override OtherName<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(_value.Read(ref reader));

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, OtherName<T> value, JsonSerializerOptions options) => throw new NotSupportedException("A member is written by its own name.");
}
