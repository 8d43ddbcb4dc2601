using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProvingMarket.Client.Backends.Processes;

namespace ProvingMarket.Client.Backends.Command;

/// <summary>
/// Proofs by any executable that reads an input file and writes a proof and its public inputs; exit code 0 means success. Each job is a
/// process of its own with no standard input, named environment variables only and a folder of its own. Whatever ends the job,
/// its processes are killed; on Linux also when this process dies hard. What is left then, the next worker sweeps
/// (<see cref="CommandOptions.WorkingFolder"/>).
/// </summary>
public sealed class CommandBackend : IProverBackend
{
    private readonly CommandOptions _options;
    private readonly CommandTemplate _template;
    private readonly ILogger<CommandBackend> _logger;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _running = [];
    private WorkArea? _area;

    /// <summary>Makes the backend; nothing is started yet.</summary>
    /// <param name="options">Its settings.</param>
    /// <param name="logger">Its log.</param>
    /// <param name="time">Source of time limits.</param>
    /// <exception cref="OptionsValidationException">A setting cannot be used; it is named.</exception>
    public CommandBackend(CommandOptions options, ILogger<CommandBackend> logger, TimeProvider time)
    {
        var validation = new CommandOptionsValidator().Validate(null, options);
        if (validation.Failed)
            throw new OptionsValidationException(nameof(CommandOptions), typeof(CommandOptions), validation.Failures);

        _options = options;
        _template = CommandTemplate.Parse(options.Arguments).Template;
        _logger = logger;
        _time = time;
    }

    /// <inheritdoc/>
    public string Name => _options.Name;

    /// <summary>Checks that the executable is there and sweeps what killed workers left.</summary>
    /// <inheritdoc/>
    public ValueTask PrepareAsync(IProgress<string>? progress, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
        try
        {
            Executables.Resolve(_options.Executable, nameof(CommandOptions.Executable));
            RequireArea();
            return ValueTask.CompletedTask;
        }
        catch (ProverBackendException exception)
        {
            return ValueTask.FromException(exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return ValueTask.FromException(new ProverBackendException(ProverFailureReason.WorkingFolderUnusable, DescribeFolder(exception), exception));
        }
    }

    /// <inheritdoc/>
    public async Task<ProverResult> ProveAsync(ProverJob job, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var done = new TaskCompletionSource();
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
            _running.Add(done.Task);
        }

        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
            var result = Refuse(job) ?? await RunAsync(job, either.Token);
            result = result with { WallTime = _time.GetElapsedTime(started) };
            if (result is ProverFailure failure)
                CommandLog.NotProved(_logger, Name, job.ProgramId, result.WallTime, failure.Reason, PlainLine.Of(failure.Message));
            else
                CommandLog.Proved(_logger, Name, job.ProgramId, result.WallTime);
            return result;
        }
        finally
        {
            lock (_lock)
                _running.Remove(done.Task);
            done.SetResult();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Task[] running;
        lock (_lock)
        {
            if (_stopping.IsCancellationRequested)
                return;
            running = [.. _running];
            _stopping.Cancel();
        }

        await Task.WhenAll(running);
        _area?.Dispose();
    }

    private ProverFailure? Refuse(ProverJob job)
    {
        if (job.Input.Length > _options.MaxInputBytes)
            return new ProverFailure(ProverFailureReason.InputTooLarge, $"the input has {job.Input.Length} bytes, MaxInputBytes is {_options.MaxInputBytes}");

        return _template.ArtefactRoles
            .Where(role => !File.Exists(job.Artefacts.GetValueOrDefault(role)))
            .Select(role => new ProverFailure(
                ProverFailureReason.ArtefactMissing, $"the file in the role '{role}' is not there: '{job.Artefacts.GetValueOrDefault(role)}'"))
            .FirstOrDefault();
    }

    private async Task<ProverResult> RunAsync(ProverJob job, CancellationToken cancellationToken)
    {
        try
        {
            using var folder = RequireArea().CreateJob();
            await File.WriteAllBytesAsync(folder.Input, job.Input, cancellationToken);
            return await new CommandRun(_options, _time, folder).ExecuteAsync(Describe(job, folder), cancellationToken);
        }
        catch (ProverBackendException exception)
        {
            return new ProverFailure(exception.Reason, exception.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new ProverFailure(ProverFailureReason.WorkingFolderUnusable, DescribeFolder(exception));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new ProverFailure(ProverFailureReason.Cancelled, "cancelled before the command was started");
        }
    }

    private ProcessStartInfo Describe(ProverJob job, JobFolder folder)
    {
        var values = job.Artefacts.ToDictionary(
            artefact => CommandTemplate.ArtefactPrefix + artefact.Key, artefact => Path.GetFullPath(artefact.Value), StringComparer.Ordinal);
        values[CommandTemplate.Input] = folder.Input;
        values[CommandTemplate.Proof] = folder.Proof;
        values[CommandTemplate.Public] = folder.PublicInputs;
        values[CommandTemplate.WorkFolder] = folder.Path;
        values[CommandTemplate.Program] = job.ProgramId;

        var executable = Executables.Resolve(_options.Executable, nameof(CommandOptions.Executable));
        var description = new ProcessStartInfo(executable, _template.Expand(values)) { WorkingDirectory = folder.Path };
        ChildEnvironment.Restrict(description, _options.PassEnvironment, _options.SetEnvironment);
        foreach (var temporary in new[] { "TMPDIR", "TEMP", "TMP" })
            description.Environment[temporary] = folder.Path;
        description.Environment[MarkedProcesses.Variable] = folder.Mark;
        return description;
    }

    private WorkArea RequireArea()
    {
        lock (_lock)
            return _area ??= WorkArea.Open(_options.WorkingFolder, _logger);
    }

    private string DescribeFolder(Exception exception) =>
        $"{nameof(CommandOptions.WorkingFolder)} '{_options.WorkingFolder}' cannot be used: {exception.Message}";
}
