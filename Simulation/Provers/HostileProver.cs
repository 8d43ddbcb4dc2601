using Orleans.Simulation;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Domain.Provers;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Simulation.Invariants;
using ProvingMarket.Simulation.Proving;
using ProvingMarket.Simulation.Worlds;

namespace ProvingMarket.Simulation.Provers;

/// <summary>A prover that calls the market by hand and keeps to none of its rules. What it gets out of that is for the invariants to judge; whatever
/// it is answered, it goes on.</summary>
internal sealed class HostileProver(World world, ProverPlan plan, SimulatedProcess process) : IProverObserver
{
    private readonly HashSet<string> _attacked = new(StringComparer.Ordinal);
    private readonly List<Bytes> _proofs = [];
    private readonly HostileBidder _bidder = new(plan.Id, [.. world.Plan.Provers.Select(prover => prover.Id)], process);
    private readonly HostileMember _member = new(plan.Id, world, process);
    private string _session = "";
    private string _earlierSession = "none";

    private IProverForWorkers Self => process.Grains.GetGrain<IProverGrain>(plan.Id);

    /// <summary>Keeps a session, and now and then begins another, until the process is told to end.</summary>
    public async Task RunAsync()
    {
        var reference = process.Grains.CreateObjectReference<IProverObserver>(this);
        while (!process.Ended.IsCancellationRequested)
        {
            await TryAsync(() => KeepAsync(reference));
            await Task.Delay(process.Random.NextTime(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8)), process.Clock);
        }
        await TryAsync(() => Self.DisconnectAsync(_session));
    }

    public Task InvitedAsync(Invitation invitation)
    {
        if (_attacked.Add(invitation.RunKey)) _ = TryAsync(() => AttackAsync(invitation));
        return Task.CompletedTask;
    }

    public Task StoppedAsync(StopWork stop) => Task.CompletedTask;

    private async Task KeepAsync(IProverObserver reference)
    {
        var renewed = _session.Length > 0 && process.Random.Chance(0.9) ? await Self.RenewAsync(_session, reference) : null;
        if (renewed is { Refusal: null })
        {
            foreach (var invitation in renewed.Invitations) await InvitedAsync(invitation);
            return;
        }
        (_earlierSession, _session) = (_session, new SimulatedRandomness(process.Random).NextSecret());
        var offer = new ProverOffer
        {
            ProverId = plan.Id,
            Account = plan.Account,
            Programs = [.. plan.Programs.Select(ProgramRules.IdOf)],
            Slots = plan.Slots,
            MilliUnitsPerSecond = plan.MilliUnitsPerSecond,
        };
        var connected = await Self.ConnectAsync(offer, _session, reference);
        foreach (var invitation in connected.Invitations) await InvitedAsync(invitation);
    }

    private async Task AttackAsync(Invitation invitation)
    {
        var run = process.Grains.GetGrain<IRunForWorkers>(invitation.RunGrain);
        var program = plan.Programs.FirstOrDefault(program => ProgramRules.IdOf(program) == invitation.ProgramId);
        if (program is null) return;
        if (invitation.Kind == InvitationKind.Sealed) await _bidder.AttackAsync(invitation, _session);
        switch (process.Random.Next(8))
        {
            case 0:
                // Everything twice, at the same time.
                var joins = await Task.WhenAll(JoinAsync(run, invitation, _session), JoinAsync(run, invitation, _session));
                if ((joins[0] ?? joins[1]) is { } twice)
                    await Task.WhenAll(DeliverAsync(run, invitation, program, twice), DeliverAsync(run, invitation, program, twice));
                break;
            case 1:
                // A bad proof first, then the good one.
                if (await JoinAsync(run, invitation, _session) is not { } caught) break;
                await SubmitAsync(run, invitation, plan.Id, _session, caught.PublicInputs, Bytes.Utf8("not a proof"));
                await DeliverAsync(run, invitation, program, caught);
                break;
            case 2:
                // Without a lease, and with what others have proved.
                await SubmitAsync(run, invitation, plan.Id, _session, Bytes.Utf8("1"), _proofs.Count > 0 ? _proofs[^1] : Bytes.Utf8("none"));
                break;
            case 3:
                // Declined, and delivered all the same; then again from the beginning.
                if (await JoinAsync(run, invitation, _session) is not { } declined) break;
                await run.DeclineAsync(plan.Id, _session, ReasonCode.ProvingFailed);
                await DeliverAsync(run, invitation, program, declined);
                await JoinAsync(run, invitation, _session);
                break;
            case 4:
                // In the name of another.
                var victim = world.Plan.Provers[process.Random.Next(world.Plan.Provers.Length)].Id;
                await run.JoinAsync(victim, _session);
                await run.DeclineAsync(victim, _session, ReasonCode.ProvingFailed);
                await SubmitAsync(run, invitation, victim, _session, Bytes.Utf8("1"), Bytes.Utf8("slander"));
                break;
            case 5:
                // A proof for something else, also under the inputs of this run.
                if (await JoinAsync(run, invitation, _session) is not { } replayed) break;
                var other = _proofs.Count > 0 ? _proofs[0] : Bytes.CopyOf(SyntheticProofSystem.Prove(program.VerificationKey.Span, "0"u8, 0));
                await SubmitAsync(run, invitation, plan.Id, _session, process.Random.Chance(0.5) ? replayed.PublicInputs : Bytes.Utf8("0"), other);
                break;
            case 6:
                // In a session that is over.
                await JoinAsync(run, invitation, _earlierSession);
                if (await JoinAsync(run, invitation, _session) is { } stale)
                    await SubmitAsync(run, invitation, plan.Id, _earlierSession, stale.PublicInputs, Prove(program, stale));
                break;
            default:
                // Honest for once, however many slots it has.
                if (await JoinAsync(run, invitation, _session) is not { } assignment) break;
                await Task.Delay(process.Random.NextTime(TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(20)), process.Clock);
                await DeliverAsync(run, invitation, program, assignment);
                break;
        }
    }

    private async Task<Assignment?> JoinAsync(IRunForWorkers run, Invitation invitation, string session)
    {
        var answer = await run.JoinAsync(plan.Id, session);
        if (answer.Assignment is not null) world.Observe(new LeaseAcknowledged(invitation.RunKey, plan.Id));
        // Now and then it keeps to itself that it has the lease.
        if (answer.Assignment?.ConfirmBy is not null && process.Random.Chance(0.7)) await run.ConfirmAsync(plan.Id, session);
        return answer.Assignment;
    }

    private Task DeliverAsync(IRunForWorkers run, Invitation invitation, ProgramDefinition program, Assignment assignment)
    {
        if (!assignment.Statements.IsEmpty) return _member.DeliverAsync(invitation, program, assignment, _session);
        var proof = Prove(program, assignment);
        if (_proofs.Count < 16) _proofs.Add(proof);
        return SubmitAsync(run, invitation, plan.Id, _session, assignment.PublicInputs, proof);
    }

    private async Task SubmitAsync(IRunForWorkers run, Invitation invitation, string prover, string session, Bytes inputs, Bytes proof)
    {
        var answer = await run.SubmitAsync(new ProofSubmission { ProverId = prover, Session = session, PublicInputs = inputs, Proof = proof });
        if (answer.Reward is { } reward) world.Observe(new RewardAcknowledged(invitation.RunKey, prover, reward));
    }

    private static Bytes Prove(ProgramDefinition program, Assignment assignment) =>
        Bytes.CopyOf(SyntheticProofSystem.Prove(program.VerificationKey.Span, assignment.PublicInputs.Span, 1));

    private static async Task TryAsync(Func<Task> attempt)
    {
        try
        {
            await attempt();
        }
        catch (Exception)
        {
            // Nobody is owed anything here.
        }
    }
}
