using System.Collections.Frozen;
using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using ProvingMarket.Proofs;

namespace ProvingMarket.Client.Provers;

/// <summary>The circuits a worker is configured to offer, with all their files checked.</summary>
internal static class OfferedCircuits
{
    /// <summary>Opens them.</summary>
    /// <param name="options">Which, and where.</param>
    /// <param name="time">The clock by which files are looked at again.</param>
    /// <exception cref="OptionsValidationException">The folder, a name or a file is wrong; the message names setting and file.</exception>
    public static (CircuitCatalog Catalog, ImmutableArray<Circuit> Circuits) Open(ProverWorkerOptions options, TimeProvider time)
    {
        var (catalog, refusal) = CircuitCatalog.Open(options.CircuitsFolder, time);
        if (catalog is null) throw Wrong(nameof(options.CircuitsFolder), refusal!.ToString());

        var offered = options.Circuits.Count == 0 ? catalog.Circuits : [.. options.Circuits.Select(Find).Distinct()];
        foreach (var circuit in offered)
        {
            if (catalog.Locate(circuit.Definition.Artefacts).Refusal is { } missing) throw Wrong(nameof(options.CircuitsFolder), missing.ToString());
        }
        return (catalog, offered);

        Circuit Find(string name) => catalog.Find(name) ?? throw Wrong(
            nameof(options.Circuits), $"must name circuits of {catalog.Folder} ({string.Join(", ", catalog.Circuits.Select(c => c.Name))}), was {name}");
    }

    /// <summary>Their verification keys, by program id, prepared for as long as the worker lives; without those of proof systems that are not known here.</summary>
    /// <exception cref="OptionsValidationException">A key is unusable: nobody could register its program. The message names setting and circuit.</exception>
    public static IReadOnlyDictionary<string, IPreparedKey> Keys(ProofSystems systems, IEnumerable<Circuit> circuits)
    {
        var keys = new Dictionary<string, IPreparedKey>(StringComparer.Ordinal);
        foreach (var circuit in circuits)
        {
            if (!systems.TryGet(circuit.Definition.ProofSystem, out var system)) continue;
            keys[circuit.ProgramId] = system.PrepareKey(circuit.Definition.VerificationKey.Memory).TryGet(out var key, out var refusal)
                ? key
                : throw Wrong(nameof(ProverWorkerOptions.CircuitsFolder), $"the verification key of circuit {circuit.Name} is unusable: {refusal.Message}");
        }
        return keys.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static OptionsValidationException Wrong(string setting, string problem) => ProverWorkerOptionsValidator.Refuse(setting, problem);
}
