using System.Collections.Immutable;

namespace ProvingMarket.Domain.Programs;

/// <summary>Rules of programs: their identity and what a well-formed definition is.</summary>
public static class ProgramRules
{
    /// <summary>The program's id: SHA-256 over proof system, verification key, work and artefacts (how many, then role, hash and size of each, in their order), in
    /// lower-case hexadecimal. Numbers have eight bytes, the highest first; before a text or the key stands its length as such a number. So who registers a key with
    /// another work or other files has defined another program, and an id says all that a prover relies on. The name is for people and not part of it. Defined for
    /// programs that <see cref="Check"/> refuses, too.</summary>
    public static string IdOf(ProgramDefinition program)
    {
        using var digest = new FieldDigest();
        digest.Add(program.ProofSystem).Add(program.VerificationKey.Span).Add(program.Work.Milli).Add(program.Artefacts);
        return digest.ToHex();
    }

    /// <summary>Refuses a definition that is incomplete or over a limit; null when it is fine. The key itself is judged by its proof
    /// system.</summary>
    public static Refusal? Check(ProgramDefinition program)
    {
        if (Ids.Check("proofSystem", program.ProofSystem) is { } badSystem) return badSystem;
        if (program.VerificationKey.Length == 0) return Refusal.Of(ReasonCode.FieldMissing, "verificationKey", "a verification key");
        if (program.VerificationKey.Length > MarketLimits.VerificationKeyBytes)
            return TooLarge("verificationKey", MarketLimits.VerificationKeyBytes, program.VerificationKey.Length);
        if (string.IsNullOrWhiteSpace(program.Name)) return Refusal.Of(ReasonCode.FieldMissing, "name", "a name");
        if (program.Name.Length > MarketLimits.IdLength)
            return Refusal.Of(ReasonCode.FieldTooLarge, "name", $"at most {MarketLimits.IdLength} characters", $"{program.Name.Length} characters");
        if (program.Work.Milli <= 0 || program.Work.Milli > MarketLimits.Work.Milli)
            return Refusal.Of(ReasonCode.OutOfRange, "work", $"above 0 and at most {MarketLimits.Work}", program.Work.ToString());
        return CheckArtefacts(program.Artefacts);
    }

    /// <summary>What the market needs to know of a program.</summary>
    /// <param name="programId">Its id.</param>
    /// <param name="definition">Its definition.</param>
    /// <param name="publicInputs">How many public inputs its key takes.</param>
    public static ProgramSummary SummaryOf(string programId, ProgramDefinition definition, int publicInputs) => new()
    {
        ProgramId = programId,
        ProofSystem = definition.ProofSystem,
        Name = definition.Name,
        Work = definition.Work,
        PublicInputs = publicInputs,
        Artefacts = definition.Artefacts,
    };

    private static Refusal? CheckArtefacts(ImmutableArray<ProgramArtefact> artefacts)
    {
        if (artefacts.IsDefault) return Refusal.Of(ReasonCode.FieldMissing, "artefacts", "a list, which may be empty");
        if (artefacts.Length > MarketLimits.ListEntries)
            return Refusal.Of(ReasonCode.FieldTooLarge, "artefacts", $"at most {MarketLimits.ListEntries} entries", $"{artefacts.Length}");
        foreach (var artefact in artefacts)
        {
            if (artefact is null) return Refusal.Of(ReasonCode.FieldMissing, "artefacts", "an artefact");
            if (Ids.Check("artefacts.role", artefact.Role) is { } badRole) return badRole;
            if (Ids.CheckSha256("artefacts.sha256", artefact.Sha256) is { } badDigest) return badDigest;
            if (artefact.Size < 0) return Refusal.Of(ReasonCode.OutOfRange, "artefacts.size", "at least 0", $"{artefact.Size}");
        }
        return null;
    }

    private static Refusal TooLarge(string field, int limit, int size) =>
        Refusal.Of(ReasonCode.FieldTooLarge, field, $"at most {limit} bytes", $"{size} bytes");
}
