using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Programs;

namespace ProvingMarket.Grains.Programs;

/// <summary>A program as it is stored.</summary>
[GenerateSerializer, Immutable, Alias("pm.ProgramState")]
internal sealed record ProgramState
{
    /// <summary>The definition.</summary>
    [Id(0)] public required ProgramDefinition Definition { get; init; }

    /// <summary>How many public inputs the key takes.</summary>
    [Id(1)] public required int PublicInputs { get; init; }
}

/// <summary>A program: written once, read by everybody.</summary>
internal sealed class ProgramGrain(
    [PersistentState("program", StorageNames.Market)] IPersistentState<ProgramState> storage) : Grain, IProgramGrain
{
    private DurableRecord<ProgramState> _program = null!;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _program = new DurableRecord<ProgramState>(storage, DeactivateOnIdle);
        return Task.CompletedTask;
    }

    public async Task<ProgramAnswer> RegisterAsync(ProgramDefinition definition)
    {
        var id = this.GetPrimaryKeyString();
        if (ProgramRules.Check(definition) is { } refusal) return new ProgramAnswer { Refusal = refusal };
        if (ProgramRules.IdOf(definition) != id)
            return new ProgramAnswer { Refusal = Refusal.Of(ReasonCode.FieldMalformed, "programId", "the SHA-256 of proof system, verification key, work and artefacts", id) };
        if (_program.Value is not null) return new ProgramAnswer { Program = Summary() };

        var key = await GrainFactory.GetGrain<IProofVerifierGrain>(GrainKeys.Single).InspectKeyAsync(definition.ProofSystem, definition.VerificationKey);
        if (key.Refusal is not null) return new ProgramAnswer { Refusal = key.Refusal };

        await _program.WriteAsync(new ProgramState { Definition = definition, PublicInputs = key.PublicInputs });
        return new ProgramAnswer { Program = Summary() };
    }

    public Task<ProgramAnswer> GetAsync() => Task.FromResult(_program.Value is not null
        ? new ProgramAnswer { Program = Summary() }
        : new ProgramAnswer { Refusal = Refusal.Of(ReasonCode.ProgramUnknown, "programId", "a registered program", this.GetPrimaryKeyString()) });

    public Task<ProgramDefinition?> GetDefinitionAsync() => Task.FromResult(_program.Value?.Definition);

    private ProgramSummary Summary() => ProgramRules.SummaryOf(this.GetPrimaryKeyString(), _program.Value!.Definition, _program.Value!.PublicInputs);
}
