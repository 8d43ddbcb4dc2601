using System.Text.Json.Nodes;
using ProvingMarket.Client.Backends;

namespace ProvingMarket.Cli.Demo;

/// <summary>Proves honestly, then exchanges two coordinates of the proof: well-formed, but worthless.</summary>
internal sealed class CorruptingBackend(IProverBackend inner) : IProverBackend
{
    public string Name => $"{inner.Name}, corrupted";

    public ValueTask PrepareAsync(IProgress<string>? progress, CancellationToken cancellationToken) => inner.PrepareAsync(progress, cancellationToken);

    public async Task<ProverResult> ProveAsync(ProverJob job, CancellationToken cancellationToken)
    {
        var result = await inner.ProveAsync(job, cancellationToken);
        return result is ProverSuccess success ? success with { Proof = Corrupt(success.Proof.Span) } : result;
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private static ReadOnlyMemory<byte> Corrupt(ReadOnlySpan<byte> proof)
    {
        // A and C are both points of G1, so the result is a well-formed proof of nothing.
        var json = JsonNode.Parse(proof)!.AsObject();
        var (a, c) = (json["pi_a"]!.DeepClone(), json["pi_c"]!.DeepClone());
        json["pi_a"] = c;
        json["pi_c"] = a;
        return System.Text.Encoding.UTF8.GetBytes(json.ToJsonString());
    }
}
