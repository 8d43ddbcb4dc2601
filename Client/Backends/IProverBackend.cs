namespace ProvingMarket.Client.Backends;

/// <summary>
/// Turns an input into a proof on this machine. What goes wrong with a job is a <see cref="ProverFailure"/>, never an exception.
/// All members may be called concurrently; disposing cancels the jobs that still run and leaves no process behind.
/// </summary>
public interface IProverBackend : IAsyncDisposable
{
    /// <summary>Name by which a worker chooses the backend, such as <c>snarkjs</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Does what must be done once before the first job (installing, starting warm processes), so that no job waits for it. Optional:
    /// <see cref="ProveAsync"/> does it when nobody did. May be repeated, also after a failure.
    /// </summary>
    /// <param name="progress">Receives lines for the user while it takes long.</param>
    /// <param name="cancellationToken">Stops the preparation; nothing half-done remains.</param>
    /// <exception cref="ProverBackendException">The backend cannot work here; the reason code says why.</exception>
    ValueTask PrepareAsync(IProgress<string>? progress, CancellationToken cancellationToken);

    /// <summary>Proves once. It is not checked here whether the proof verifies.</summary>
    /// <param name="job">What to prove.</param>
    /// <param name="cancellationToken">Kills the proving process and gives <see cref="ProverFailureReason.Cancelled"/>.</param>
    Task<ProverResult> ProveAsync(ProverJob job, CancellationToken cancellationToken);
}
