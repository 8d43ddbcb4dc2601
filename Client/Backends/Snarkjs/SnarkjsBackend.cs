using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ProvingMarket.Client.Backends.Snarkjs;

/// <summary>
/// Groth16 proofs of circom programs by snarkjs, in a pool of warm Node processes. A job beyond the slots waits for one. A process
/// that was killed (cancelled, over a limit) or crashed is replaced when its slot is needed again. The processes end themselves when
/// this process dies, however it dies.
/// </summary>
public sealed class SnarkjsBackend : IProverBackend
{
    private readonly SnarkjsOptions _options;
    private readonly ILogger<SnarkjsBackend> _logger;
    private readonly TimeProvider _time;
    private readonly SnarkjsInstaller _installer;
    private readonly SemaphoreSlim _preparing = new(1, 1);
    private readonly SemaphoreSlim _slots;
    private readonly ConcurrentStack<SnarkjsProcess> _idle = new();
    private readonly CancellationTokenSource _stopping = new();
    private Runtime? _runtime;

    /// <summary>Makes the backend; nothing is installed or started yet.</summary>
    /// <param name="options">Its settings.</param>
    /// <param name="logger">Its log.</param>
    /// <param name="time">Source of time limits.</param>
    /// <exception cref="OptionsValidationException">A setting cannot be used; it is named.</exception>
    public SnarkjsBackend(IOptions<SnarkjsOptions> options, ILogger<SnarkjsBackend> logger, TimeProvider time)
    {
        _options = options.Value;
        var validation = new SnarkjsOptionsValidator().Validate(null, _options);
        if (validation.Failed)
            throw new OptionsValidationException(nameof(SnarkjsOptions), typeof(SnarkjsOptions), validation.Failures);

        _logger = logger;
        _time = time;
        _installer = new SnarkjsInstaller(_options, SnarkjsPackage.Embedded, logger, time);
        _slots = new SemaphoreSlim(_options.Slots, _options.Slots);
    }

    /// <inheritdoc/>
    public string Name => "snarkjs";

    /// <summary>Identities of the Node processes that wait for a job.</summary>
    internal IReadOnlyList<int> IdleProcessIds => [.. _idle.Where(process => process.IsUsable).Select(process => process.Id)];

    /// <summary>Checks Node.js, installs snarkjs if this user never did, and starts a process for every free slot.</summary>
    /// <inheritdoc/>
    public async ValueTask PrepareAsync(IProgress<string>? progress, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        var runtime = await RequireRuntimeAsync(progress, either.Token);

        // Each process belongs to a slot: idle ones to free slots, the others to jobs. Holding the free slots keeps their number still.
        var held = 0;
        try
        {
            while (await _slots.WaitAsync(TimeSpan.Zero, CancellationToken.None))
                held++;
            var missing = Math.Max(0, held - _idle.Count);
            await Task.WhenAll(Enumerable.Range(0, missing).Select(async _ => _idle.Push(await StartAsync(runtime, either.Token))));
        }
        finally
        {
            if (held > 0)
                _slots.Release(held);
        }
    }

    /// <inheritdoc/>
    public async Task<ProverResult> ProveAsync(ProverJob job, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
        var started = _time.GetTimestamp();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        var result = Refuse(job) ?? await ProveInSlotAsync(job, either.Token);
        result = result with { WallTime = _time.GetElapsedTime(started) };
        if (result is ProverFailure failure)
            SnarkjsLog.NotProved(_logger, job.ProgramId, result.WallTime, failure.Reason, failure.Message);
        return result;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;

        await _stopping.CancelAsync();
        for (var i = 0; i < _options.Slots; i++)
            await _slots.WaitAsync();
        while (_idle.TryPop(out var process))
            await process.DisposeAsync();
    }

    private ProverFailure? Refuse(ProverJob job)
    {
        if (job.Input.Length > _options.MaxInputBytes)
            return new ProverFailure(ProverFailureReason.InputTooLarge, $"the input has {job.Input.Length} bytes, MaxInputBytes is {_options.MaxInputBytes}");

        return new[] { ArtefactRoles.WitnessGenerator, ArtefactRoles.ProvingKey }
            .Where(role => !job.Artefacts.ContainsKey(role))
            .Select(role => new ProverFailure(ProverFailureReason.ArtefactMissing, $"the job names no file in the role '{role}'"))
            .FirstOrDefault();
    }

    private async Task<ProverResult> ProveInSlotAsync(ProverJob job, CancellationToken cancellationToken)
    {
        try
        {
            var runtime = await RequireRuntimeAsync(null, cancellationToken);
            await _slots.WaitAsync(cancellationToken);
            try
            {
                var process = await TakeAsync(runtime, cancellationToken);
                return await ProveAsync(process, job, cancellationToken);
            }
            finally
            {
                _slots.Release();
            }
        }
        catch (ProverBackendException exception)
        {
            return new ProverFailure(exception.Reason, exception.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new ProverFailure(ProverFailureReason.Cancelled, "cancelled before proving");
        }
    }

    private async Task<ProverResult> ProveAsync(SnarkjsProcess process, ProverJob job, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        try
        {
            var result = await process.ProveAsync(job, cancellationToken);
            if (result is ProverSuccess)
                SnarkjsLog.Proved(_logger, job.ProgramId, _time.GetElapsedTime(started), process.Id);
            return result;
        }
        finally
        {
            await GiveBackAsync(process);
        }
    }

    private async Task<SnarkjsProcess> TakeAsync(Runtime runtime, CancellationToken cancellationToken)
    {
        while (_idle.TryPop(out var process))
        {
            if (process.IsUsable)
                return process;
            SnarkjsLog.Gone(_logger, process.Id);
            await process.DisposeAsync();
        }

        return await StartAsync(runtime, cancellationToken);
    }

    private async Task GiveBackAsync(SnarkjsProcess process)
    {
        if (process.IsUsable)
        {
            _idle.Push(process);
            return;
        }

        SnarkjsLog.Gone(_logger, process.Id);
        await process.DisposeAsync();
    }

    private async Task<SnarkjsProcess> StartAsync(Runtime runtime, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var process = await SnarkjsProcess.StartAsync(runtime.Node, runtime.Script, _options, _time, cancellationToken);
        SnarkjsLog.Ready(_logger, process.Id, _time.GetElapsedTime(started));
        return process;
    }

    private async Task<Runtime> RequireRuntimeAsync(IProgress<string>? progress, CancellationToken cancellationToken)
    {
        if (_runtime is { } known)
            return known;

        await _preparing.WaitAsync(cancellationToken);
        try
        {
            return _runtime ??= new Runtime(
                await NodeVersion.RequireAsync(_options.NodeExecutable, cancellationToken),
                await _installer.EnsureAsync(progress, cancellationToken));
        }
        finally
        {
            _preparing.Release();
        }
    }

    private sealed record Runtime(string Node, string Script);
}
