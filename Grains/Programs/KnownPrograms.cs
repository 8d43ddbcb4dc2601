using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Proofs;

namespace ProvingMarket.Grains.Programs;

/// <summary>The programs that this silo has had to do with, their verification keys prepared: preparing one costs as much as several verifications, and asking a program's
/// grain for what never changes would make all its requests wait in one line. Proof systems by name. Shared by all activations. Bounded in number and in bytes: those that have not been
/// used for the longest time are dropped, and prepared again when somebody needs them.</summary>
internal sealed class KnownPrograms(ProofSystems systems)
{
    private const int Most = 1024;
    private const long MostBytes = 256L * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<KnownProgram>> _programs = new(StringComparer.Ordinal);
    private readonly LinkedList<KnownProgram> _byUse = [];
    private long _bytes;

    /// <summary>A proof system by name; null when unknown.</summary>
    public IProofSystem? FindSystem(string name) => systems.TryGet(name, out var system) ? system : null;

    /// <summary>Why a proof system is refused that <see cref="FindSystem"/> does not find.</summary>
    public Refusal UnknownSystem(string name) => Refusal.Of(ReasonCode.ProofSystemUnknown, "proofSystem", $"one of {string.Join(", ", systems.Names)}", name);

    /// <summary>A program; null when this silo does not have it at hand, whether or not there is one.</summary>
    public KnownProgram? Find(string programId)
    {
        lock (_lock)
        {
            if (!_programs.TryGetValue(programId, out var found)) return null;
            _byUse.Remove(found);
            _byUse.AddLast(found);
            return found.Value;
        }
    }

    /// <summary>Keeps a program, and drops what has to make room for it. It is kept itself however large it is.</summary>
    /// <returns>The program to be used: the one that somebody else has added meanwhile, if there is one, so that what its key builds when it is first used is built once.</returns>
    public KnownProgram Add(KnownProgram program)
    {
        lock (_lock)
        {
            if (_programs.TryGetValue(program.Summary.ProgramId, out var same)) return same.Value;
            _programs.Add(program.Summary.ProgramId, _byUse.AddLast(program));
            _bytes += program.ByteCount;
            while (_byUse.Count > 1 && (_byUse.Count > Most || _bytes > MostBytes)) Drop(_byUse.First!);
            return program;
        }
    }

    private void Drop(LinkedListNode<KnownProgram> dropped)
    {
        _byUse.Remove(dropped);
        _programs.Remove(dropped.Value.Summary.ProgramId);
        _bytes -= dropped.Value.ByteCount;
    }
}

/// <summary>A registered program with its key prepared.</summary>
/// <param name="Summary">What is told of it.</param>
/// <param name="System">Its proof system.</param>
/// <param name="Key">Its prepared key.</param>
internal sealed record KnownProgram(ProgramSummary Summary, IProofSystem System, IPreparedKey Key)
{
    // Two texts of at most 100 and of 64 characters, and the object that has them.
    private const int BytesPerArtefact = 512;

    /// <summary>About how many bytes it holds.</summary>
    public long ByteCount => Key.ByteCount + ((long)Summary.Artefacts.Length * BytesPerArtefact);

    /// <summary>Do the public inputs fit it (number, form, canonical values)? Null when they do. Reads them only: no cryptography.</summary>
    public Refusal? Check(Bytes publicInputs)
    {
        if (System.CheckPublicInputs(Key, publicInputs.Memory) is not { } wrong) return null;
        var code = wrong.Code == ProofRefusalCode.WrongPublicInputCount ? ReasonCode.PublicInputCount : ReasonCode.PublicInputInvalid;
        return wrong.As(code, "publicInputs");
    }
}
