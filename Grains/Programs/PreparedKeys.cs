using System.Collections.Concurrent;
using ProvingMarket.Proofs;

namespace ProvingMarket.Grains.Programs;

/// <summary>Proof systems by name, and verification keys parsed once a silo: preparing a key costs as much as several verifications.
/// Shared by all verifier activations; bounded.</summary>
internal sealed class PreparedKeys(ProofSystems systems)
{
    private const int MostKeys = 1024;

    private readonly ConcurrentDictionary<string, (IProofSystem System, IPreparedKey Key)> _keys = new(StringComparer.Ordinal);

    /// <summary>Names of the known proof systems, for refusals.</summary>
    public string Known => string.Join(", ", systems.Names);

    /// <summary>A proof system by name; null when unknown.</summary>
    public IProofSystem? Find(string name) => systems.TryGet(name, out var system) ? system : null;

    /// <summary>A program's prepared key, when it has been prepared.</summary>
    public bool TryGet(string programId, out (IProofSystem System, IPreparedKey Key) prepared) => _keys.TryGetValue(programId, out prepared);

    /// <summary>Keeps a prepared key. Over the bound all are dropped: they are cheap to prepare again and rarely that many.</summary>
    public void Add(string programId, IProofSystem system, IPreparedKey key)
    {
        if (_keys.Count >= MostKeys) _keys.Clear();
        _keys[programId] = (system, key);
    }
}
