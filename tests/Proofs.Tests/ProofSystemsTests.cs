using ProvingMarket.Proofs.Groth16;
using ProvingMarket.Proofs.Tests.Support;

namespace ProvingMarket.Proofs.Tests;

public class ProofSystemsTests
{
    [Fact]
    public void Groth16_is_found_by_its_name()
    {
        Assert.True(ProofSystems.Default.TryGet("groth16", out var system));
        Assert.Equal("groth16", system.Name);
        Assert.Equal("groth16", Assert.Single(ProofSystems.Default.Names));
    }

    [Theory]
    [InlineData("Groth16")]
    [InlineData("plonk2")]
    [InlineData("")]
    public void Other_names_are_not(string name) => Assert.False(ProofSystems.Default.TryGet(name, out _));

    [Fact]
    public void A_key_says_what_it_is_for()
    {
        var key = ProofVector.Polynomial().ReadKey();
        Assert.Equal(("groth16", 4), (key.System, key.PublicInputCount));
    }

    [Fact]
    public void A_key_of_another_system_is_refused()
    {
        var vector = ProofVector.Product();
        var result = vector.Verify(new KeyOfAnotherSystem());
        Assert.Equal((ProofRefusalCode.KeyOfAnotherSystem, "other"), (result.Refusal!.Code, result.Refusal.Value));
        ProofItem item = new(ProofVector.Bytes(vector.Proof), ProofVector.Bytes(vector.Inputs));
        var batch = new Groth16ProofSystem().VerifyBatch(new KeyOfAnotherSystem(), [item], new byte[16]);
        Assert.Equal(ProofRefusalCode.KeyOfAnotherSystem, Assert.Single(batch).Refusal?.Code);
    }

    [Theory]
    [InlineData(ProofRefusalCode.MalformedJson, ProofFault.Document)]
    [InlineData(ProofRefusalCode.TooManyPublicInputs, ProofFault.Document)]
    [InlineData(ProofRefusalCode.NotCanonical, ProofFault.Value)]
    [InlineData(ProofRefusalCode.WrongPublicInputCount, ProofFault.Value)]
    [InlineData(ProofRefusalCode.KeyPairingMismatch, ProofFault.Key)]
    [InlineData(ProofRefusalCode.EquationFailed, ProofFault.Statement)]
    public void Codes_belong_to_faults(ProofRefusalCode code, ProofFault fault) =>
        Assert.Equal(fault, new ProofRefusal(code, "proof", "").Fault);

    private sealed class KeyOfAnotherSystem : IPreparedKey
    {
        public string System => "other";

        public int PublicInputCount => 1;

        public long ByteCount => 0;
    }
}
