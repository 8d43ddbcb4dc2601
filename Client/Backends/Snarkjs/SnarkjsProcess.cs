using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ProvingMarket.Client.Backends.Processes;

namespace ProvingMarket.Client.Backends.Snarkjs;

/// <summary>One warm Node process; one job at a time.</summary>
internal sealed class SnarkjsProcess : IAsyncDisposable
{
    private const int LongestMessage = 300;

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ChildProcess _child;
    private readonly LineReader _lines;
    private readonly SnarkjsOptions _options;
    private readonly TimeProvider _time;
    private long _lastId;

    private SnarkjsProcess(ChildProcess child, SnarkjsOptions options, TimeProvider time)
    {
        _child = child;
        _lines = new LineReader(child.Output, options.MaxOutputBytes);
        _options = options;
        _time = time;
    }

    public int Id => _child.Id;

    /// <summary>Whether it can take another job.</summary>
    public bool IsUsable => !_child.Killed && !_child.Exited.IsCompleted;

    /// <summary>Starts one and waits until it is ready.</summary>
    /// <exception cref="ProverBackendException">It cannot be started, or does not become ready.</exception>
    public static async Task<SnarkjsProcess> StartAsync(
        string node, string script, SnarkjsOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var heap = options.MemoryLimitMegabytes.ToString(CultureInfo.InvariantCulture);
        var description = new ProcessStartInfo(node, [$"--max-old-space-size={heap}", script]) { WorkingDirectory = Path.GetDirectoryName(script)! };
        ChildEnvironment.Restrict(description, passed: [], set: []);

        var process = new SnarkjsProcess(ChildProcess.Start(description), options, time);
        try
        {
            await process.WaitUntilReadyAsync(cancellationToken);
            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public async Task<ProverResult> ProveAsync(ProverJob job, CancellationToken cancellationToken)
    {
        if (Parse(job) is not { } request)
            return new ProverFailure(ProverFailureReason.InputRejected, "the input is not UTF-8 text");

        _child.Errors.Clear();
        using var limit = new CancellationTokenSource(_options.ProofTimeLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var watch = ProcessWatch.Start(_child, (long)_options.MemoryLimitMegabytes << 20, otherLimit: null, _time);
        var (reply, tooLong) = await ExchangeAsync(request, either.Token);
        await watch.DisposeAsync();

        var result = reply is not null ? Translate(reply)
            : tooLong ? new ProverFailure(ProverFailureReason.OutputTooLarge, $"the output passes MaxOutputBytes = {_options.MaxOutputBytes}")
            : watch.Violation
            ?? (cancellationToken.IsCancellationRequested ? new ProverFailure(ProverFailureReason.Cancelled, "cancelled while proving")
            : limit.IsCancellationRequested ? new ProverFailure(ProverFailureReason.TimedOut, $"no proof within ProofTimeLimit = {_options.ProofTimeLimit}")
            : await DescribeEndAsync());
        return result with { PeakMemoryBytes = watch.PeakMemoryBytes };
    }

    public ValueTask DisposeAsync() => _child.DisposeAsync();

    // Killing is the only way to stop snarkjs; it ends the reading too, so there is one way out of here.
    private async Task<(SnarkjsReply? Reply, bool TooLong)> ExchangeAsync(SnarkjsRequest request, CancellationToken killWhen)
    {
        await using var registration = killWhen.UnsafeRegister(static state => ((ChildProcess)state!).Kill(), _child);
        try
        {
            await _child.Input.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(request, SnarkjsJson.Default.SnarkjsRequest), (byte)'\n'], CancellationToken.None);
            await _child.Input.FlushAsync(CancellationToken.None);
            return (await ReadReplyAsync(reply => reply.Id == request.Id), false);
        }
        catch (IOException)
        {
            return (null, false); // the pipe broke: the process is gone
        }
        catch (LineTooLongException)
        {
            _child.Kill();
            return (null, true);
        }
    }

    private async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_options.StartTimeLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        SnarkjsReply? ready;
        await using (either.Token.UnsafeRegister(static state => ((ChildProcess)state!).Kill(), _child))
            ready = await ReadReplyAsync(reply => reply.Type == "ready");
        if (ready is not null)
            return;

        cancellationToken.ThrowIfCancellationRequested();
        if (limit.IsCancellationRequested)
            throw new ProverBackendException(ProverFailureReason.TimedOut, $"Node was not ready within StartTimeLimit = {_options.StartTimeLimit}");
        var end = await DescribeEndAsync();
        throw new ProverBackendException(end.Reason, end.Message);
    }

    // Lines that are no replies are skipped: nothing a library prints may be taken for one, and nothing it prints may stop us.
    private async Task<SnarkjsReply?> ReadReplyAsync(Predicate<SnarkjsReply> wanted)
    {
        while (await _lines.ReadAsync() is { } line)
        {
            try
            {
                if (JsonSerializer.Deserialize(line, SnarkjsJson.Default.SnarkjsReply) is { } reply && wanted(reply))
                    return reply;
            }
            catch (JsonException)
            {
            }
        }

        return null;
    }

    private SnarkjsRequest? Parse(ProverJob job)
    {
        try
        {
            var (wasm, zkey) = (job.Artefacts[ArtefactRoles.WitnessGenerator], job.Artefacts[ArtefactRoles.ProvingKey]);
            return new SnarkjsRequest(++_lastId, Path.GetFullPath(wasm), Path.GetFullPath(zkey), s_strictUtf8.GetString(job.Input.Span));
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static ProverResult Translate(SnarkjsReply reply) => reply switch
    {
        { Type: "proved", Proof: { } proof, PublicSignals: { } signals } =>
            new ProverSuccess(Encoding.UTF8.GetBytes(proof.GetRawText()), Encoding.UTF8.GetBytes(signals.GetRawText())),
        { Type: "failed", Code: "input-rejected" } => Failure(ProverFailureReason.InputRejected, reply),
        { Type: "failed", Code: "artefact-missing" } => Failure(ProverFailureReason.ArtefactMissing, reply),
        { Type: "failed", Code: "artefact-invalid" } => Failure(ProverFailureReason.ArtefactInvalid, reply),
        _ => throw new InvalidOperationException($"the Node process answers '{reply.Type}' with code '{reply.Code}', which prove.mjs never does"),
    };

    private static ProverFailure Failure(ProverFailureReason reason, SnarkjsReply reply) => new(reason, PlainLine.Of(reply.Message ?? "", LongestMessage));

    private async Task<ProverFailure> DescribeEndAsync()
    {
        await _child.DrainErrorsAsync();
        var errors = PlainLine.Of(_child.Errors.ToString());
        return errors.Contains("heap out of memory", StringComparison.Ordinal)
            ? new ProverFailure(ProverFailureReason.MemoryExceeded, $"the JavaScript heap passed MemoryLimitMegabytes = {_options.MemoryLimitMegabytes}")
            : new ProverFailure(ProverFailureReason.Crashed, $"Node (process {Id}) ended with exit code {await _child.Exited}: {errors}");
    }
}
