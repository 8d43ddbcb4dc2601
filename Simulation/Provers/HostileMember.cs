using System.Collections.Immutable;
using Orleans.Simulation;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Simulation.Invariants;
using ProvingMarket.Simulation.Proving;
using ProvingMarket.Simulation.Worlds;

namespace ProvingMarket.Simulation.Provers;

/// <summary>What a hostile prover does as a member of a committee: proofs under other statements, of statements it was not given, bad before good, everything twice, and
/// more than one may deliver at once.</summary>
internal sealed class HostileMember(string proverId, World world, SimulatedProcess process)
{
    /// <summary>Delivers for an assignment, in one way or another.</summary>
    public async Task DeliverAsync(Invitation invitation, ProgramDefinition program, Assignment assignment, string session)
    {
        var run = process.Grains.GetGrain<ICooperativeForWorkers>(invitation.RunGrain);
        ImmutableArray<StatementProof> sound = [.. assignment.Statements.Select(statement => new StatementProof
        {
            Statement = statement.Statement,
            PublicInputs = statement.PublicInputs,
            Proof = Bytes.CopyOf(SyntheticProofSystem.Prove(program.VerificationKey.Span, statement.PublicInputs.Span, (byte)process.Random.Next(256))),
        })];
        switch (process.Random.Next(7))
        {
            case 0:
                // Everything twice at the same time, and each proof another time with other bytes.
                await Task.WhenAll(SubmitAsync(run, invitation, sound, session), SubmitAsync(run, invitation, sound, session));
                break;
            case 1:
                // One is bad, the others are not.
                await SubmitAsync(run, invitation, sound.SetItem(process.Random.Next(sound.Length), sound[0] with { Statement = sound[^1].Statement, Proof = Bytes.Utf8("not a proof") }), session);
                break;
            case 2:
                // Of statements that others were given, and of some there are not.
                await SubmitAsync(run, invitation, [.. Enumerable.Range(0, 8).Select(statement => sound[0] with { Statement = statement })], session);
                await SubmitAsync(run, invitation, [sound[0] with { Statement = -1 }], session);
                break;
            case 3:
                // The proof of one under the number of another.
                await SubmitAsync(run, invitation, [sound[0] with { Statement = sound[^1].Statement }], session);
                break;
            case 4:
                // Some of them, and then never again.
                await SubmitAsync(run, invitation, sound[..Math.Min(sound.Length, 2)], session);
                break;
            case 5:
                // Too many, the same several times, none; in a session of somebody else.
                await SubmitAsync(run, invitation, [.. Enumerable.Repeat(sound[0], 20)], session);
                await SubmitAsync(run, invitation, [], session);
                await SubmitAsync(run, invitation, sound, "another session");
                break;
            default:
                foreach (var one in sound)
                {
                    await Task.Delay(process.Random.NextTime(TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(3)), process.Clock);
                    await SubmitAsync(run, invitation, [one], session);
                }
                break;
        }
    }

    private async Task SubmitAsync(ICooperativeForWorkers run, Invitation invitation, ImmutableArray<StatementProof> proofs, string session)
    {
        var answer = await run.SubmitManyAsync(new BatchSubmission { ProverId = proverId, Session = session, Proofs = proofs });
        for (var i = 0; i < answer.Answers.Length; i++)
        {
            if (answer.Answers[i].Reward is { } reward) world.Observe(new StatementRewardAcknowledged(invitation.RunKey, proverId, proofs[i].Statement, reward));
        }
    }
}
