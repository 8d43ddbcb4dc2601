using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Domain.Qos;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain;

/// <summary>SHA-256 over a sequence of fields, each with its length, so that no two different sequences give the same bytes. What is missing
/// counts as a length of −1. The fields are small and many: they are gathered and hashed in one go.</summary>
internal sealed class FieldDigest : IDisposable
{
    private const long Missing = -1;
    private const int FirstSize = 1024;

    private byte[] _gathered = ArrayPool<byte>.Shared.Rent(FirstSize);
    private int _length;

    public FieldDigest Add(long number)
    {
        BinaryPrimitives.WriteInt64BigEndian(Room(sizeof(long)), number);
        return this;
    }

    public FieldDigest Add(ReadOnlySpan<byte> bytes)
    {
        Add(bytes.Length);
        bytes.CopyTo(Room(bytes.Length));
        return this;
    }

    public FieldDigest Add(string? text)
    {
        if (text is null) return Add(Missing);
        var length = Encoding.UTF8.GetByteCount(text);
        Add(length);
        Encoding.UTF8.GetBytes(text, Room(length));
        return this;
    }

    public FieldDigest Add(ImmutableArray<string> texts)
    {
        if (texts.IsDefault) return Add(Missing);
        Add(texts.Length);
        foreach (var text in texts) Add(text);
        return this;
    }

    public FieldDigest Add(QosWeights? weights) => weights is null
        ? Add(Missing)
        : Add(weights.Speed).Add(weights.Cost).Add(weights.Safety).Add(weights.CensorshipResistance);

    public FieldDigest Add(RequestConstraints? constraints) => constraints is null
        ? Add(Missing)
        : Add(constraints.MinRedundancy).Add(constraints.MinStake.Micro)
            .Add(constraints.Hardware).Add(constraints.AllowedProvers).Add(constraints.DeniedProvers);

    public FieldDigest Add(MechanismChoice? mechanism)
    {
        if (mechanism is null) return Add(Missing);
        Add(mechanism.Name);
        if (mechanism.Parameters is null) return Add(Missing);
        Add(mechanism.Parameters.Count);
        foreach (var (name, value) in mechanism.Parameters.OrderBy(parameter => parameter.Key, StringComparer.Ordinal)) Add(name).Add(value);
        return this;
    }

    public FieldDigest Add(ImmutableArray<RequestFallback> fallbacks)
    {
        if (fallbacks.IsDefault) return Add(Missing);
        Add(fallbacks.Length);
        foreach (var fallback in fallbacks)
        {
            Add(fallback?.Mechanism);
            if (fallback is null || fallback.Causes.IsDefault) Add(Missing);
            else Add(fallback.Causes.Length);
            foreach (var cause in fallback is null || fallback.Causes.IsDefault ? [] : fallback.Causes) Add((long)cause);
        }
        return this;
    }

    public FieldDigest Add(ImmutableArray<ProofStatement> statements)
    {
        if (statements.IsDefault) return Add(Missing);
        Add(statements.Length);
        foreach (var statement in statements)
        {
            if (statement is null) Add(Missing);
            else Add(statement.PublicInputs.Span).Add(statement.Input.Span);
        }
        return this;
    }

    public FieldDigest Add(ImmutableArray<RunStatement> statements)
    {
        Add(statements.Length);
        foreach (var statement in statements) Add(statement.Statement).Add(statement.PublicInputs.Span);
        return this;
    }

    public FieldDigest Add(ImmutableArray<LostBond> bonds)
    {
        Add(bonds.Length);
        foreach (var bond in bonds) Add(bond.ProverId).Add(bond.Account).Add(bond.Amount.Micro);
        return this;
    }

    public FieldDigest Add(ProgramSummary program)
    {
        Add(program.ProgramId).Add(program.ProofSystem).Add(program.Name).Add(program.Work.Milli).Add(program.PublicInputs);
        return Add(program.Artefacts);
    }

    public FieldDigest Add(ImmutableArray<ProgramArtefact> artefacts)
    {
        if (artefacts.IsDefault) return Add(Missing);
        Add(artefacts.Length);
        foreach (var artefact in artefacts)
        {
            if (artefact is null) Add(Missing);
            else Add(artefact.Role).Add(artefact.Sha256).Add(artefact.Size);
        }
        return this;
    }

    public string ToHex() => Convert.ToHexStringLower(Hash());

    public Bytes ToBytes() => Bytes.Own(Hash());

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_gathered, clearArray: true);
        _gathered = [];
    }

    private byte[] Hash() => SHA256.HashData(_gathered.AsSpan(0, _length));

    private Span<byte> Room(int size)
    {
        if (_gathered.Length - _length < size) Grow(size);
        var room = _gathered.AsSpan(_length, size);
        _length += size;
        return room;
    }

    private void Grow(int size)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(_length + size), 2 * _gathered.Length));
        _gathered.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_gathered, clearArray: true);
        _gathered = larger;
    }
}
