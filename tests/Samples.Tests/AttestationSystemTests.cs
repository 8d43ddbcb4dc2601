using System.Security.Cryptography;
using System.Text;
using ProvingMarket.Client.Backends;
using ProvingMarket.Proofs;
using ProvingMarket.Samples.Extending;

namespace ProvingMarket.Samples.Tests;

/// <summary>The proof system of the samples keeps what the market relies on: a verdict for every document, and no proof that is good for another statement or key.</summary>
public sealed class AttestationSystemTests : IDisposable
{
    private readonly EnclaveFiles _enclave = new();
    private readonly AttestationSystem _system = new();

    public void Dispose() => _enclave.Dispose();

    [Fact]
    public async Task What_the_enclave_signs_is_valid_for_its_own_statement_and_key_only()
    {
        var proof = await ProveAsync("one");
        var other = await ProveAsync("two");
        using var stranger = new EnclaveFiles();

        Assert.True(_system.Verify(Key(_enclave), proof.Proof, proof.PublicInputs).IsValid);
        Assert.Equal(ProofRefusalCode.EquationFailed, _system.Verify(Key(_enclave), proof.Proof, other.PublicInputs).Refusal?.Code);
        Assert.Equal(ProofRefusalCode.EquationFailed, _system.Verify(Key(stranger), proof.Proof, proof.PublicInputs).Refusal?.Code);
        Assert.Equal([true, false], _system.VerifyBatch(Key(_enclave), [new(proof.Proof, proof.PublicInputs), new(other.Proof, proof.PublicInputs)], new byte[2 * BatchRandomness.BytesPerProof]).Select(verdict => verdict.IsValid));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("[null]")]
    [InlineData("[1]")]
    [InlineData("""["a","b"]""")]
    [InlineData("""["\ud800"]""")]
    public async Task Public_inputs_that_are_none_are_refused(string document)
    {
        var proof = await ProveAsync("one");

        Assert.NotNull(_system.CheckPublicInputs(Key(_enclave), Encoding.UTF8.GetBytes(document)));
        Assert.False(_system.Verify(Key(_enclave), proof.Proof, Encoding.UTF8.GetBytes(document)).IsValid);
        Assert.Null(_system.DigestPublicInputs(Encoding.UTF8.GetBytes(document)));
        Assert.False(_system.SamePublicInputs(Encoding.UTF8.GetBytes(document), Encoding.UTF8.GetBytes(document)));
    }

    [Fact]
    public async Task The_same_public_inputs_laid_out_otherwise_are_the_same()
    {
        var proof = await ProveAsync("one");
        var spaced = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(proof.PublicInputs.Span).Replace("[", "[ ", StringComparison.Ordinal));

        Assert.True(_system.SamePublicInputs(proof.PublicInputs, spaced));
        Assert.Equal(_system.DigestPublicInputs(proof.PublicInputs), _system.DigestPublicInputs(spaced));
        Assert.True(_system.Verify(Key(_enclave), proof.Proof, spaced).IsValid);
    }

    [Fact]
    public void Keys_that_are_none_are_refused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        foreach (var key in (string[])["", "no key", other.ExportSubjectPublicKeyInfoPem(), new string('x', 2_000)])
            Assert.NotNull(_system.PrepareKey(Encoding.UTF8.GetBytes(key)).Refusal);
    }

    private IPreparedKey Key(EnclaveFiles enclave)
    {
        Assert.True(_system.PrepareKey(enclave.PublicKey).TryGet(out var key, out var refusal), $"{refusal}");
        return key;
    }

    private async Task<ProverSuccess> ProveAsync(string input)
    {
        await using var backend = new EnclaveBackend(_enclave.KeyFile);
        var job = new ProverJob { ProgramId = "digest", Artefacts = System.Collections.Immutable.ImmutableDictionary<string, string>.Empty, Input = Encoding.UTF8.GetBytes(input) };
        return Assert.IsType<ProverSuccess>(await backend.ProveAsync(job, CancellationToken.None));
    }
}
