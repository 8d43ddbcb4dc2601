using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Programs;
using ProvingMarket.Proofs;
using ProvingMarket.Proofs.Groth16;
using ProvingMarket.Proofs.Snarkjs;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Programs;

public sealed class ProofVerifierGrainTests
{
    /// <summary>Keys kept by a silo.</summary>
    private const int CacheSize = 1024;

    [Fact]
    public async Task Each_program_is_verified_with_its_own_key()
    {
        await using var market = await MarketAsync();
        foreach (var name in new[] { "one", "two", "three" })
        {
            var program = TestProofSystem.Program(name);
            var id = await market.AddProgramAsync(program);
            var inputs = Bytes.Utf8("1,2");
            var good = TestProofSystem.Prove(program.VerificationKey, inputs);
            Assert.True((await market.Verifier.VerifyAsync(Command(id, inputs, good))).IsValid);
            var other = await market.Verifier.VerifyAsync(Command(ProgramId, inputs, good));
            Assert.Equal(ReasonCode.ProofInvalid, other.Reason);
            Assert.NotEmpty(other.Detail);
        }
    }

    [Fact]
    public async Task A_key_is_prepared_once_however_many_proofs_it_verifies()
    {
        await using var market = await MarketAsync();
        var inputs = Bytes.Utf8("1,2");
        var proof = TestProofSystem.Prove(TestProofSystem.Key(2, "sum"), inputs);
        await market.Verifier.VerifyAsync(Command(ProgramId, inputs, proof));
        var prepared = market.ProofSystem.Prepared;
        var verdicts = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => market.Verifier.VerifyAsync(Command(ProgramId, inputs, proof))));
        Assert.All(verdicts, verdict => Assert.True(verdict.IsValid));
        Assert.Equal(prepared, market.ProofSystem.Prepared);
    }

    [Fact]
    public async Task Prepared_keys_are_kept_within_a_bound()
    {
        await using var market = await MarketAsync();
        var programs = new List<string>();
        foreach (var i in Enumerable.Range(0, CacheSize)) programs.Add(await market.AddProgramAsync(TestProofSystem.Program($"program-{i}")));
        foreach (var program in programs) Assert.Null(await market.Verifier.CheckPublicInputsAsync(program, Bytes.Utf8("1,2")));
        var prepared = market.ProofSystem.Prepared;
        foreach (var program in programs.TakeLast(50)) await market.Verifier.CheckPublicInputsAsync(program, Bytes.Utf8("1,2"));
        Assert.Equal(prepared, market.ProofSystem.Prepared);

        // One more than there is room for: something is forgotten, prepared again when needed, and still right.
        await market.Verifier.CheckPublicInputsAsync(ProgramId, Bytes.Utf8("1,2"));
        foreach (var program in programs) Assert.Null(await market.Verifier.CheckPublicInputsAsync(program, Bytes.Utf8("1,2")));
        Assert.True(market.ProofSystem.Prepared > prepared + 1);
    }

    [Fact]
    public async Task An_unknown_program_is_refused_and_verifies_nothing()
    {
        await using var market = await MarketAsync();
        var unknown = new string('0', 64);
        var refusal = await market.Verifier.CheckPublicInputsAsync(unknown, Bytes.Utf8("1,2"));
        Assert.Equal((ReasonCode.ProgramUnknown, "programId"), (refusal!.Code, refusal.Field));
        await Assert.ThrowsAnyAsync<Exception>(() => market.Verifier.VerifyAsync(Command(unknown, Bytes.Utf8("1,2"), Bytes.Empty)));
    }

    [Fact]
    public async Task A_program_that_was_unknown_when_first_asked_for_is_known_once_it_is_registered()
    {
        await using var market = await MarketAsync();
        var later = TestProofSystem.Program("later");
        Assert.NotNull(await market.Verifier.CheckPublicInputsAsync(IdOf(later), Bytes.Utf8("1,2")));
        await market.AddProgramAsync(later);
        Assert.Null(await market.Verifier.CheckPublicInputsAsync(IdOf(later), Bytes.Utf8("1,2")));
    }

    /// <summary>What the market lets through is not refused for its size by a proof system that comes with it.</summary>
    [Fact]
    public void Proof_systems_read_whatever_the_market_lets_through()
    {
        var limits = Groth16Limits.Default;
        Assert.Equal((MarketLimits.VerificationKeyBytes, MarketLimits.ProofBytes), (limits.MaxKeyBytes, limits.MaxProofBytes));
        Assert.True(limits.MaxPublicInputsBytes >= MarketLimits.PublicInputsBytes);
        var spaced = Bytes.CopyOf([.. Enumerable.Repeat((byte)' ', MarketLimits.ProofBytes)]);
        Assert.False(SnarkjsJson.ParseGroth16Proof(spaced.Span).TryGet(out _, out var refusal));
        Assert.Equal(ProofRefusalCode.MalformedJson, refusal.Code);
    }

    [Fact]
    public async Task A_key_is_inspected()
    {
        await using var market = await MarketAsync();
        Assert.Equal(7, (await market.Verifier.InspectKeyAsync(TestProofSystem.SystemName, TestProofSystem.Key(7))).PublicInputs);
        var unknown = (await market.Verifier.InspectKeyAsync("stark", TestProofSystem.Key(7))).Refusal!;
        Assert.Equal((ReasonCode.ProofSystemUnknown, "proofSystem"), (unknown.Code, unknown.Field));
        Assert.Contains(TestProofSystem.SystemName, unknown.Limit, StringComparison.Ordinal);
    }

    private static VerifyCommand Command(string programId, Bytes publicInputs, Bytes proof) => new()
    {
        ProgramId = programId, ExpectedPublicInputs = publicInputs, PublicInputs = publicInputs, Proof = proof,
    };
}
