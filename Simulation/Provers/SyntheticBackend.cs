using System.Collections.Immutable;
using Orleans.Simulation;
using ProvingMarket.Client.Backends;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Simulation.Proving;
using ProvingMarket.Simulation.Requesters;
using ProvingMarket.Simulation.Worlds;

namespace ProvingMarket.Simulation.Provers;

/// <summary>Proves with the synthetic proof system, in virtual time, as well as the prover's conduct lets it.</summary>
internal sealed class SyntheticBackend(World world, ProverPlan plan, SimulatedProcess process) : IProverBackend
{
    private readonly ImmutableDictionary<string, ProgramDefinition> _programs =
        plan.Programs.ToImmutableDictionary(ProgramRules.IdOf);

    private byte[]? _earlierProof;

    public string Name => SyntheticProofSystem.SystemName;

    public ValueTask PrepareAsync(IProgress<string>? progress, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public async Task<ProverResult> ProveAsync(ProverJob job, CancellationToken cancellationToken)
    {
        var program = _programs[job.ProgramId];
        // The witness comes first, and there is none.
        if (job.Input.Span.SequenceEqual(HostileScript.UnprovableInput.Span)) return new ProverFailure(ProverFailureReason.InputRejected, "the program's assertions do not hold");
        try
        {
            await Task.Delay(Duration(program), process.Clock, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return new ProverFailure(ProverFailureReason.Cancelled, "stopped");
        }

        // What is to be proved is in the input; the public inputs are what a real backend computes from it.
        var proof = SyntheticProofSystem.Prove(program.VerificationKey.Span, job.Input.Span, (byte)process.Random.Next(256));
        switch (plan.Conduct)
        {
            case ProverConduct.Declining when process.Random.Chance(0.3):
                return new ProverFailure(ProverFailureReason.Crashed, "out of memory");
            case ProverConduct.Garbage:
                process.Random.Fill(proof);
                break;
            case ProverConduct.Replaying when _earlierProof is { } earlier && process.Random.Chance(0.5):
                proof = earlier;
                break;
        }
        _earlierProof = proof;
        return new ProverSuccess(proof, job.Input);
    }

    private TimeSpan Duration(ProgramDefinition program)
    {
        var spread = 0.5 + process.Random.NextDouble();
        var honest = TimeSpan.FromSeconds(program.Work.Milli * spread / plan.MilliUnitsPerSecond);
        switch (plan.Conduct)
        {
            case ProverConduct.Slow:
                return honest * 10;
            case ProverConduct.Boasting:
                return honest * 5;
            case ProverConduct.Silent:
                return TimeSpan.FromDays(30);
            case ProverConduct.Crashing when process.Random.Chance(0.1):
                world.Crash(process);
                return TimeSpan.FromDays(30);
            default:
                return honest;
        }
    }
}
