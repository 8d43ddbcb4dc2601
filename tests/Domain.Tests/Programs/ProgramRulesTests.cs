using System.Security.Cryptography;
using System.Text;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Domain.Provers;

namespace ProvingMarket.Domain.Tests.Programs;

public sealed class ProgramRulesTests
{
    [Fact]
    public void Accepts_a_well_formed_program()
    {
        Assert.Null(ProgramRules.Check(Samples.Definition()));
        Assert.Null(ProgramRules.Check(Samples.Definition() with
        {
            VerificationKey = Bytes.CopyOf(new byte[1048576]), Name = new string('n', 100), Work = new WorkUnits(1), Artefacts = [],
        }));
    }

    [Fact]
    public void Refuses_a_bad_proof_system()
    {
        Refuses(Samples.Definition() with { ProofSystem = "" }, ReasonCode.FieldMissing, "proofSystem", "an id");
        Refuses(
            Samples.Definition() with { ProofSystem = "groth 16" },
            ReasonCode.FieldMalformed, "proofSystem", "letters, digits, '.', '_', '-' and ':'", "groth 16");
    }

    [Fact]
    public void Refuses_a_key_that_is_missing_or_too_large()
    {
        Refuses(Samples.Definition() with { VerificationKey = default }, ReasonCode.FieldMissing, "verificationKey", "a verification key");
        Refuses(
            Samples.Definition() with { VerificationKey = Bytes.CopyOf(new byte[1048577]) },
            ReasonCode.FieldTooLarge, "verificationKey", "at most 1048576 bytes", "1048577 bytes");
    }

    [Fact]
    public void Refuses_a_bad_name()
    {
        Refuses(Samples.Definition() with { Name = "  " }, ReasonCode.FieldMissing, "name", "a name");
        Refuses(Samples.Definition() with { Name = new string('n', 101) }, ReasonCode.FieldTooLarge, "name", "at most 100 characters", "101 characters");
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(-1, "-0.001")]
    [InlineData(1_000_000_001, "1000000.001")]
    public void Refuses_work_out_of_range(long milli, string value) =>
        Refuses(Samples.Definition() with { Work = new WorkUnits(milli) }, ReasonCode.OutOfRange, "work", "above 0 and at most 1000000", value);

    [Fact]
    public void Refuses_bad_artefacts()
    {
        var good = Samples.Definition().Artefacts[0];
        Refuses(With([.. Enumerable.Repeat(good, 257)]), ReasonCode.FieldTooLarge, "artefacts", "at most 256 entries", "257");
        Refuses(With(good, good with { Role = "" }), ReasonCode.FieldMissing, "artefacts.role", "an id");
        Refuses(With(good with { Sha256 = "B" }), ReasonCode.FieldMalformed, "artefacts.sha256", "64 lower-case hexadecimal digits", "B");
        Refuses(With(good with { Size = -1 }), ReasonCode.OutOfRange, "artefacts.size", "at least 0", "-1");

        static ProgramDefinition With(params ProgramArtefact[] artefacts) => Samples.Definition() with { Artefacts = [.. artefacts] };
    }

    [Fact]
    public void Refuses_whatever_is_missing() => Assert.All(Absences.Of(Samples.Definition()), change =>
    {
        var refusal = ProgramRules.Check(change.Changed);
        Assert.True(refusal is { Code: ReasonCode.FieldMissing } && refusal.Field == change.Field, $"{change.Field} missing: {refusal}");
    });

    [Fact]
    public void What_is_accepted_can_always_be_priced()
    {
        var program = Samples.Definition() with { Work = MarketLimits.Work };
        var offer = Samples.Offer() with { AskPerUnit = MarketLimits.AskPerUnit };
        Assert.Null(ProgramRules.Check(program));
        Assert.Null(ProverRules.Check(offer));
        Assert.Equal(Credits.Whole(1_000_000_000_000), program.Work.PriceAt(offer.AskPerUnit));
    }

    [Fact]
    public void The_id_is_the_hash_of_proof_system_key_work_and_artefacts_each_with_its_length()
    {
        var (wasm, zkey) = (new string('a', 64), new string('b', 64));
        byte[] preimage =
        [
            0, 0, 0, 0, 0, 0, 0, 7, .. "groth16"u8,
            0, 0, 0, 0, 0, 0, 0, 3, .. "key"u8,
            0, 0, 0, 0, 0, 0, 0x14, 0xAD, // 5.293 work units
            0, 0, 0, 0, 0, 0, 0, 2, // artefacts
            0, 0, 0, 0, 0, 0, 0, 4, .. "wasm"u8,
            0, 0, 0, 0, 0, 0, 0, 64, .. Encoding.UTF8.GetBytes(wasm),
            0, 0, 0, 0, 0, 0, 1, 1, // 257 bytes
            0, 0, 0, 0, 0, 0, 0, 4, .. "zkey"u8,
            0, 0, 0, 0, 0, 0, 0, 64, .. Encoding.UTF8.GetBytes(zkey),
            0, 0, 0, 0, 0, 0, 0, 0, // empty
        ];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(preimage)), ProgramRules.IdOf(new ProgramDefinition
        {
            ProofSystem = "groth16",
            VerificationKey = Bytes.Utf8("key"),
            Name = "no part of it",
            Work = new WorkUnits(5_293),
            Artefacts = [new() { Role = "wasm", Sha256 = wasm, Size = 257 }, new() { Role = "zkey", Sha256 = zkey, Size = 0 }],
        }));
    }

    [Fact]
    public void Whatever_else_is_defined_is_another_program_and_only_the_name_is_not()
    {
        var program = Samples.Definition();
        var (file, other) = (program.Artefacts[0], program.Artefacts[0] with { Role = "wasm" });
        ProgramDefinition[] different =
        [
            program,
            program with { ProofSystem = "plonk" },
            program with { VerificationKey = Bytes.Utf8("{ }") },
            program with { ProofSystem = "groth16{", VerificationKey = Bytes.Utf8("}") },
            program with { Work = new WorkUnits(1) },
            program with { Artefacts = [] },
            program with { Artefacts = [other] },
            program with { Artefacts = [file with { Role = "zkeyb", Sha256 = file.Sha256[1..] }] },
            program with { Artefacts = [file with { Sha256 = new string('c', 64) }] },
            program with { Artefacts = [file with { Size = 11 }] },
            program with { Artefacts = [file, other] },
            program with { Artefacts = [other, file] },
        ];
        Assert.Distinct(different.Select(ProgramRules.IdOf));
        Assert.Equal(ProgramRules.IdOf(program), ProgramRules.IdOf(program with { Name = "another" }));
    }

    [Fact]
    public void What_is_incomplete_has_an_id_too() =>
        Assert.All(Absences.Of(Samples.Definition()), change => Assert.Null(Ids.CheckSha256("programId", ProgramRules.IdOf(change.Changed))));

    private static void Refuses(ProgramDefinition program, ReasonCode code, string field, string limit = "", string value = "") =>
        Assert.Equal(Refusal.Of(code, field, limit, value), ProgramRules.Check(program));
}
