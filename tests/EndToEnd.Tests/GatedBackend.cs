using ProvingMarket.Client.Backends;

namespace ProvingMarket.EndToEnd.Tests;

/// <summary>Holds proofs back until it is opened.</summary>
internal sealed class GatedBackend(IProverBackend inner) : IProverBackend
{
    private readonly TaskCompletionSource _proving = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Proving => _proving.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public string Name => inner.Name;

    public void Open() => _open.SetResult();

    public ValueTask PrepareAsync(IProgress<string>? progress, CancellationToken cancellationToken) => inner.PrepareAsync(progress, cancellationToken);

    public async Task<ProverResult> ProveAsync(ProverJob job, CancellationToken cancellationToken)
    {
        _proving.TrySetResult();
        await _open.Task.WaitAsync(cancellationToken);
        return await inner.ProveAsync(job, cancellationToken);
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
