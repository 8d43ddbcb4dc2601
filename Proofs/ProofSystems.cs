using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using ProvingMarket.Proofs.Groth16;

namespace ProvingMarket.Proofs;

/// <summary>The proof systems that the market can verify, by name.</summary>
public sealed class ProofSystems
{
    private readonly FrozenDictionary<string, IProofSystem> _byName;

    /// <summary>Makes a registry.</summary>
    /// <param name="systems">The proof systems, each with its own name.</param>
    public ProofSystems(IEnumerable<IProofSystem> systems)
    {
        _byName = systems.ToFrozenDictionary(system => system.Name, StringComparer.Ordinal);
        Names = [.. _byName.Keys.Order(StringComparer.Ordinal)];
    }

    /// <summary>All proof systems of this library with their default limits.</summary>
    public static ProofSystems Default { get; } = new([new Groth16ProofSystem()]);

    /// <summary>The names, sorted.</summary>
    public ImmutableArray<string> Names { get; }

    /// <summary>Finds a proof system.</summary>
    /// <param name="name">Its name, in lower case.</param>
    /// <param name="system">The proof system, when the answer is true.</param>
    /// <returns>Whether there is one of that name.</returns>
    public bool TryGet(string name, [NotNullWhen(true)] out IProofSystem? system) => _byName.TryGetValue(name, out system);
}
