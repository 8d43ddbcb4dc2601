using System.Buffers;
using Orleans.Storage;
using ProvingMarket.Serialization;

namespace ProvingMarket.Silo.Hosting;

/// <summary>Brings states into the form that all storages of the market share, in those of Orleans' own that have none. Orleans' default would write every property it finds, computed
/// ones as well.</summary>
internal sealed class RecordSerializer(IReferenceResolver references, bool names) : IGrainStorageSerializer
{
    private readonly JsonCodec _codec = JsonCodec.ForRecords(names, references);

    public BinaryData Serialize<T>(T? input)
    {
        var output = new ArrayBufferWriter<byte>();
        _codec.Serialize(output, input);
        return new BinaryData(output.WrittenMemory);
    }

    public T? Deserialize<T>(BinaryData input) => _codec.Deserialize<T>(input.ToMemory().Span);
}
