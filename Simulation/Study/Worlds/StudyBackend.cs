using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Orleans.Simulation;
using ProvingMarket.Client.Backends;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Simulation.Proving;
using ProvingMarket.Simulation.Study.Demand;
using ProvingMarket.Simulation.Study.Supply;

namespace ProvingMarket.Simulation.Study.Worlds;

/// <summary>Proves in virtual time. How long a prover takes for a request, and whether it fails, is drawn for the two of them, so it is the same
/// whenever and under whichever policy it tries.</summary>
/// <param name="world">The world.</param>
/// <param name="prover">The prover.</param>
/// <param name="process">Its process.</param>
internal sealed class StudyBackend(StudyWorld world, StudyProver prover, SimulatedProcess process) : IProverBackend
{
    private const double Spread = 0.15;

    private readonly ImmutableDictionary<string, ProgramDefinition> _programs =
        world.Plan.Demand.Programs.ToImmutableDictionary(ProgramRules.IdOf);

    public string Name => SyntheticProofSystem.SystemName;

    public ValueTask PrepareAsync(IProgress<string>? progress, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public async Task<ProverResult> ProveAsync(ProverJob job, CancellationToken cancellationToken)
    {
        var request = world.Plan.Demand.Requests[int.Parse(Encoding.UTF8.GetString(job.Input.Span), CultureInfo.InvariantCulture)];
        var (duration, ending) = Draw(world.Plan.Seed, prover, request);
        var started = process.Clock.GetTimestamp();
        try
        {
            await Task.Delay(duration, process.Clock, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return new ProverFailure(ProverFailureReason.Cancelled, "stopped");
        }
        finally
        {
            world.NoteWork(prover, process.Clock.GetElapsedTime(started));
        }
        if (ending == ProofEnding.Crashes) return new ProverFailure(ProverFailureReason.Crashed, "out of memory");

        var key = _programs[job.ProgramId].VerificationKey.Span;
        var proof = SyntheticProofSystem.Prove(key, job.Input.Span, 0);
        if (ending == ProofEnding.Invalid) proof[0] ^= 1;
        return new ProverSuccess(proof, job.Input);
    }

    /// <summary>How long it takes and how it ends. Failures that are noticed are noticed half-way, on average; the others never end.</summary>
    internal static (TimeSpan Duration, ProofEnding Ending) Draw(long seed, StudyProver prover, StudyRequest request)
    {
        var random = StudyRandom.Of(seed, $"{prover.Id} proves {request.Id}");
        var seconds = request.Size.Milli / (double)prover.MilliUnitsPerSecond * random.NextLogNormal(1, Spread);
        var fails = random.Chance(prover.FailureRate);
        var hangs = random.Chance(0.3);
        var when = random.NextDouble();
        return prover.Conduct switch
        {
            StudyConduct.Silent => (TimeSpan.FromDays(30), ProofEnding.Crashes),
            StudyConduct.Invalid => (TimeSpan.FromSeconds(seconds), ProofEnding.Invalid),
            StudyConduct.Slow => (TimeSpan.FromSeconds(10 * seconds), ProofEnding.Valid),
            _ when fails && hangs => (TimeSpan.FromDays(30), ProofEnding.Crashes),
            _ when fails => (TimeSpan.FromSeconds(seconds * when), ProofEnding.Crashes),
            _ => (TimeSpan.FromSeconds(seconds), ProofEnding.Valid),
        };
    }
}

/// <summary>How a proof ends.</summary>
internal enum ProofEnding
{
    /// <summary>With a valid proof.</summary>
    Valid,

    /// <summary>With bytes that are no proof.</summary>
    Invalid,

    /// <summary>The backend fails.</summary>
    Crashes,
}
