using System.Collections.Concurrent;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Proofs;

namespace ProvingMarket.Grains.Programs;

/// <summary>The programs that this silo has had to do with, their verification keys prepared: preparing one costs as much as several verifications, and asking a program's
/// grain for what never changes would make all its requests wait in one line. Proof systems by name. Shared by all activations; bounded.</summary>
internal sealed class KnownPrograms(ProofSystems systems)
{
    private const int Most = 1024;

    private readonly ConcurrentDictionary<string, KnownProgram> _programs = new(StringComparer.Ordinal);

    /// <summary>Names of the known proof systems, for refusals.</summary>
    public string Systems => string.Join(", ", systems.Names);

    /// <summary>A proof system by name; null when unknown.</summary>
    public IProofSystem? FindSystem(string name) => systems.TryGet(name, out var system) ? system : null;

    /// <summary>A program; null when this silo has not seen it, whether or not there is one.</summary>
    public KnownProgram? Find(string programId) => _programs.GetValueOrDefault(programId);

    /// <summary>Keeps a program. Over the bound all are dropped: they are cheap to prepare again and rarely that many.</summary>
    public void Add(KnownProgram program)
    {
        if (_programs.Count >= Most) _programs.Clear();
        _programs[program.Summary.ProgramId] = program;
    }
}

/// <summary>A registered program with its key prepared.</summary>
/// <param name="Summary">What is told of it.</param>
/// <param name="System">Its proof system.</param>
/// <param name="Key">Its prepared key.</param>
internal sealed record KnownProgram(ProgramSummary Summary, IProofSystem System, IPreparedKey Key)
{
    /// <summary>Do the public inputs fit it (number, form, canonical values)? Null when they do. Reads them only: no cryptography.</summary>
    public Refusal? Check(Bytes publicInputs)
    {
        if (System.CheckPublicInputs(Key, publicInputs.Memory) is not { } wrong) return null;
        var code = wrong.Code == ProofRefusalCode.WrongPublicInputCount ? ReasonCode.PublicInputCount : ReasonCode.PublicInputInvalid;
        return wrong.As(code, "publicInputs");
    }
}
