using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using ProvingMarket.Benchmarks.Lifecycle.Market;

namespace ProvingMarket.Benchmarks.Lifecycle.PostgreSql;

/// <summary>A job table with provers and clients in this process. A loop creates a job, then takes, as a prover, the oldest there is, and finishes it.</summary>
internal sealed class JobTableContender : IContender
{
    private readonly Server _server;
    private readonly string _database;
    private readonly Scale _scale;
    private readonly IJobSteps _steps;
    private readonly ConcurrentDictionary<long, long> _began = new();
    private long _made;

    private JobTableContender(Server server, string database, Scale scale, IJobSteps steps) => (_server, _database, _scale, _steps) = (server, database, scale, steps);

    public static async Task<IContender> StartAsync(Scale scale, Func<string, IJobSteps> steps)
    {
        var server = await Server.StartAsync();
        var database = await server.CreateDatabaseAsync();
        await JobTable.CreateAsync(database, scale);
        return new JobTableContender(server, database, scale, steps(database));
    }

    public Task<Sample> MeasureAsync(int concurrency, Timing timing) => ClosedLoop.RunAsync(concurrency, timing, LifecycleAsync, _server.Usage);

    public Task AuditAsync(long lifecycles) => JobTable.AuditAsync(_database, _scale, lifecycles);

    public async ValueTask DisposeAsync()
    {
        await _steps.DisposeAsync();
        await _server.DisposeAsync();
    }

    private async Task<long> LifecycleAsync(int loop)
    {
        var id = Interlocked.Increment(ref _made);
        var input = new byte[Requests.InputBytes];
        BinaryPrimitives.WriteInt64LittleEndian(input, id);
        _began[id] = Stopwatch.GetTimestamp();
        await _steps.CreateAsync(new NewJob(id, _scale.Requester(loop), input));

        var job = await _steps.AssignAsync(_scale.Prover(id));
        var publicInputs = job.Input.AsMemory(0, Requests.PublicInputsBytes);
        var proof = ZeroCostProofSystem.Prove(publicInputs.Span);
        await _steps.SubmitAsync(job.Id, proof);
        if (!ZeroCostProofSystem.IsValid(proof, publicInputs.Span)) throw new InvalidOperationException($"The proof of job {job.Id} is not valid.");
        await _steps.VerifyAsync(job.Id);
        await _steps.SettleAsync(job);
        return _began.TryRemove(job.Id, out var began) ? began : throw new InvalidOperationException($"Job {job.Id} was settled twice.");
    }
}
