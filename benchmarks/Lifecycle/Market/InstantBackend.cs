using ProvingMarket.Client.Backends;

namespace ProvingMarket.Benchmarks.Lifecycle.Market;

/// <summary>Proves at once: the input begins with the public inputs, and a proof is those backwards.</summary>
internal sealed class InstantBackend(int publicInputs) : IProverBackend
{
    public string Name => ZeroCostProofSystem.SystemName;

    public ValueTask PrepareAsync(IProgress<string>? progress, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public Task<ProverResult> ProveAsync(ProverJob job, CancellationToken cancellationToken)
    {
        var inputs = job.Input[..publicInputs];
        return Task.FromResult<ProverResult>(new ProverSuccess(ZeroCostProofSystem.Prove(inputs.Span), inputs));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
