using System.Text;
using System.Threading.Channels;
using ProvingMarket.Client.Backends;

namespace ProvingMarket.Client.Tests.Fakes;

/// <summary>A backend whose proofs are made when the test says so, and stopped as soon as they are cancelled.</summary>
internal sealed class FakeBackend : IProverBackend
{
    private readonly Channel<FakeProof> _started = Channel.CreateUnbounded<FakeProof>();
    private int _running;

    public string Name { get; init; } = "fake";

    public int Running => Volatile.Read(ref _running);

    public int MostAtOnce { get; private set; }

    public Func<IProgress<string>?, ValueTask> Preparing { get; set; } = _ => ValueTask.CompletedTask;

    public ValueTask PrepareAsync(IProgress<string>? progress, CancellationToken cancellationToken) => Preparing(progress);

    /// <summary>A barrier: the next proof that was begun.</summary>
    public Task<FakeProof> NextAsync() => _started.Reader.ReadAsync().AsTask().Soon();

    public async Task<ProverResult> ProveAsync(ProverJob job, CancellationToken cancellationToken)
    {
        var proof = new FakeProof(job);
        MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref _running));
        _started.Writer.TryWrite(proof);
        try
        {
            return await proof.Result.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            proof.Cancelled.SetResult();
            return new ProverFailure(ProverFailureReason.Cancelled, "cancelled");
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>A proof under way.</summary>
internal sealed class FakeProof(ProverJob job)
{
    public ProverJob Job => job;

    public string Input => Encoding.UTF8.GetString(job.Input.Span);

    public TaskCompletionSource<ProverResult> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Complete() => Complete("the proof"u8.ToArray(), "[]"u8.ToArray());

    public void Complete(ReadOnlyMemory<byte> proof, ReadOnlyMemory<byte> publicInputs) => Result.SetResult(new ProverSuccess(proof, publicInputs));

    public void Fail(ProverFailureReason reason = ProverFailureReason.Crashed) => Result.SetResult(new ProverFailure(reason, "it broke"));
}
