using System.Text.Json;
using System.Text.Json.Serialization;

namespace ProvingMarket.Client.Backends.Snarkjs;

/// <summary>A line to the Node process: prove this. The input is text inside the line, so that nothing in it can break the protocol.</summary>
internal sealed record SnarkjsRequest(long Id, string Wasm, string Zkey, string Input);

/// <summary>A line from the Node process; see <c>prover/prove.mjs</c>.</summary>
internal sealed record SnarkjsReply
{
    public string? Type { get; init; }

    public long? Id { get; init; }

    public string? Node { get; init; }

    public JsonElement? Proof { get; init; }

    public JsonElement? PublicSignals { get; init; }

    public double WitnessMs { get; init; }

    public double ProveMs { get; init; }

    public string? Code { get; init; }

    public string? Message { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SnarkjsRequest))]
[JsonSerializable(typeof(SnarkjsReply))]
internal sealed partial class SnarkjsJson : JsonSerializerContext;
