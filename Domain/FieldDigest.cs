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
/// counts as a length of −1.</summary>
internal sealed class FieldDigest : IDisposable
{
    private const long Missing = -1;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public FieldDigest Add(long number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        _hash.AppendData(bytes);
        return this;
    }

    public FieldDigest Add(ReadOnlySpan<byte> bytes)
    {
        Add(bytes.Length);
        _hash.AppendData(bytes);
        return this;
    }

    public FieldDigest Add(string? text) => text is null ? Add(Missing) : Add(Encoding.UTF8.GetBytes(text));

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

    public FieldDigest Add(ProgramSummary program)
    {
        Add(program.ProgramId).Add(program.ProofSystem).Add(program.Name).Add(program.Work.Milli).Add(program.PublicInputs);
        Add(program.Artefacts.Length);
        foreach (var artefact in program.Artefacts) Add(artefact.Role).Add(artefact.Sha256).Add(artefact.Size);
        return this;
    }

    public string ToHex() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public Bytes ToBytes() => Bytes.Own(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();
}
