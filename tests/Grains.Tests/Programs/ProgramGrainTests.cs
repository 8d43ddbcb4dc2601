using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.TestKit;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Storage;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Programs;

public sealed class ProgramGrainTests
{
    private static readonly Dictionary<string, (ReasonCode Code, string Field, Func<ProgramDefinition, ProgramDefinition> Change)> Bad = new()
    {
        ["system-unknown"] = (ReasonCode.ProofSystemUnknown, "proofSystem", program => program with { ProofSystem = "stark" }),
        ["system-malformed"] = (ReasonCode.FieldMalformed, "proofSystem", program => program with { ProofSystem = "a b" }),
        ["key-missing"] = (ReasonCode.FieldMissing, "verificationKey", program => program with { VerificationKey = Bytes.Empty }),
        ["key-unusable"] = (ReasonCode.VerificationKeyInvalid, "verificationKey", program => program with { VerificationKey = Bytes.Utf8("no key") }),
        ["key-large"] = (ReasonCode.FieldTooLarge, "verificationKey", program => program with { VerificationKey = Bytes.CopyOf(new byte[MarketLimits.VerificationKeyBytes + 1]) }),
        ["inputs-large"] = (ReasonCode.FieldTooLarge, "publicInputs", program => program with { VerificationKey = TestProofSystem.Key((MarketLimits.PublicInputsBytes / 2) + 1, "wide") }),
        ["name-missing"] = (ReasonCode.FieldMissing, "name", program => program with { Name = " " }),
        ["no-work"] = (ReasonCode.OutOfRange, "work", program => program with { Work = new WorkUnits(0) }),
        ["artefact-digest"] = (ReasonCode.FieldMalformed, "artefacts.sha256", program => program with { Artefacts = [new ProgramArtefact { Role = "wasm", Sha256 = "x", Size = 1 }] }),
    };

    [Fact]
    public async Task Every_bad_program_is_refused_with_code_and_field_and_not_registered()
    {
        await using var market = await MarketAsync();
        var writes = market.Faults.Writes;
        foreach (var (name, (code, field, change)) in Bad)
        {
            var program = change(TestProofSystem.Program(name));
            var answer = await market.Program(IdOf(program)).RegisterAsync(program);
            Assert.True(answer.Refusal is { } refusal && (code, field) == (refusal.Code, refusal.Field.Split(' ')[0]), $"{name}: {answer.Refusal}");
            Assert.Equal(ReasonCode.ProgramUnknown, (await market.Program(IdOf(program)).GetAsync()).Refusal!.Code);
        }
        Assert.Equal(writes, market.Faults.Writes);
    }

    /// <summary>What its requests may need is what they are allowed: programs of as many public inputs as there is room for are registered.</summary>
    [Fact]
    public async Task A_program_with_as_many_public_inputs_as_a_request_may_carry_is_registered_and_one_with_more_refused_with_both_numbers()
    {
        await using var market = await MarketAsync();
        var most = MarketLimits.PublicInputsBytes / 2;
        await market.AddProgramAsync(TestProofSystem.Program("wide", most));
        var wider = TestProofSystem.Program("wider", most + 1);
        Assert.Equal(
            Refusal.Of(ReasonCode.FieldTooLarge, "publicInputs", "at most 65536 bytes", "32769 of them with at least 65537 bytes"),
            (await market.Program(IdOf(wider)).RegisterAsync(wider)).Refusal);
    }

    [Fact]
    public async Task A_program_under_an_id_that_is_not_its_own_is_refused()
    {
        await using var market = await MarketAsync();
        var answer = await market.Program(new string('a', 64)).RegisterAsync(TestProofSystem.Program("other"));
        Assert.Equal((ReasonCode.FieldMalformed, "programId"), (answer.Refusal!.Code, answer.Refusal.Field));
    }

    /// <summary>Otherwise whoever came first with somebody's key would decide for good what a proof costs, or which files it takes.</summary>
    [Fact]
    public async Task The_same_key_with_other_work_or_other_files_is_another_program()
    {
        await using var market = await MarketAsync();
        var program = TestProofSystem.Program("whose");
        ProgramDefinition[] squatters =
        [
            program with { Work = new WorkUnits(1) },
            program with { Artefacts = [new ProgramArtefact { Role = "zkey", Sha256 = new string('0', 64), Size = 1 }] },
        ];
        foreach (var squatter in squatters)
        {
            var stolen = await market.Program(IdOf(program)).RegisterAsync(squatter);
            Assert.Equal((ReasonCode.FieldMalformed, "programId"), (stolen.Refusal?.Code, stolen.Refusal?.Field));
            await market.AddProgramAsync(squatter);
        }
        var registered = (await market.Program(IdOf(program)).RegisterAsync(program)).Program!;
        Assert.Equal((program.Work, true), (registered.Work, registered.Artefacts.IsEmpty));

        foreach (var squatter in squatters)
            Assert.Equal("programId", (await market.Program(IdOf(program)).RegisterAsync(squatter)).Refusal?.Field);
    }

    [Fact]
    public async Task Registering_again_gives_the_first_definition()
    {
        await using var market = await MarketAsync();
        var program = TestProofSystem.Program("twice", inputs: 3);
        var first = await market.Program(IdOf(program)).RegisterAsync(program);
        var writes = market.Faults.Writes;
        var again = await market.Program(IdOf(program)).RegisterAsync(program with { Name = "renamed" });
        Assert.Equal(("twice", 3, new WorkUnits(2_500)), (again.Program!.Name, again.Program.PublicInputs, again.Program.Work));
        Assert.Equal(first.Program!.ProgramId, again.Program.ProgramId);
        Assert.Equal(writes, market.Faults.Writes);
    }

    [Fact]
    public async Task A_program_outlives_the_silo()
    {
        await using var market = await MarketAsync();
        await market.KillAsync();
        await market.RestartAsync();
        Assert.Equal("sum", (await market.Program(ProgramId).GetAsync()).Program!.Name);
        Assert.Equal(TestProofSystem.Key(2, "sum"), (await market.Program(ProgramId).GetDefinitionAsync())!.VerificationKey);
    }

    /// <summary>A program asks a verifier about its key while verifiers ask programs for theirs: they must not wait for each other.</summary>
    [Fact]
    public async Task Registering_does_not_wait_for_verifiers_that_wait_for_the_same_program()
    {
        await using var market = await MarketAsync();
        var program = TestProofSystem.Program("asked-for-early");
        var id = IdOf(program);
        var loading = market.Faults.HoldRead("program", id);
        var registering = market.Program(id).RegisterAsync(program);
        await loading.Reached;
        var checks = Enumerable.Range(0, Environment.ProcessorCount * 4).Select(_ => market.Verifier.CheckPublicInputsAsync(id, Bytes.Utf8("1,2"))).ToArray();
        await market.SettleAsync();
        loading.Open();
        Assert.Null((await registering.WaitAsync(Patience.Limit)).Refusal);
        await Task.WhenAll(checks).WaitAsync(Patience.Limit);
    }

    [Fact]
    public async Task A_registration_that_failed_to_be_written_was_not_made()
    {
        await using var market = await MarketAsync();
        var program = TestProofSystem.Program("unlucky");
        market.Faults.Plan(1, StorageFault.FailBefore);
        await Assert.ThrowsAnyAsync<Exception>(() => market.Program(IdOf(program)).RegisterAsync(program));
        Assert.Equal(ReasonCode.ProgramUnknown, (await market.Program(IdOf(program)).GetAsync()).Refusal!.Code);
        Assert.Null((await market.Program(IdOf(program)).RegisterAsync(program)).Refusal);
    }
}
