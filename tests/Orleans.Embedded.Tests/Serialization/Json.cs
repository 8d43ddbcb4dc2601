using System.Text;
using ProvingMarket.Serialization;

namespace Orleans.Embedded.Tests.Serialization;

/// <summary>Codecs and shorthands for these tests.</summary>
internal static class Json
{
    internal static readonly JsonCodec Wire = new(SerializedForm.Wire);

    internal static readonly JsonCodec Storage = new(SerializedForm.Storage);

    internal static readonly JsonCodec Compact = new(SerializedForm.Compact);

    internal static JsonCodec Codec(string form) => Enum.Parse<SerializedForm>(form) switch
    {
        SerializedForm.Wire => Wire,
        SerializedForm.Storage => Storage,
        _ => Compact,
    };

    internal static string Write<T>(this JsonCodec codec, T? value)
    {
        using var buffer = new PooledBuffer(codec.Limits.MaxBytes, nameof(codec.Limits.MaxBytes));
        codec.Serialize(buffer, value);
        return Encoding.UTF8.GetString(buffer.Written);
    }

    internal static T? Read<T>(this JsonCodec codec, string json) => codec.Deserialize<T>(Encoding.UTF8.GetBytes(json));
}
