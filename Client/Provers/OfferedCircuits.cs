using System.Collections.Immutable;
using Microsoft.Extensions.Options;

namespace ProvingMarket.Client.Provers;

/// <summary>The circuits a worker is configured to offer, with all their files checked.</summary>
internal static class OfferedCircuits
{
    /// <summary>Opens them.</summary>
    /// <exception cref="OptionsValidationException">The folder, a name or a file is wrong; the message names setting and file.</exception>
    public static (CircuitCatalog Catalog, ImmutableArray<Circuit> Circuits) Open(ProverWorkerOptions options)
    {
        var (catalog, refusal) = CircuitCatalog.Open(options.CircuitsFolder);
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

    private static OptionsValidationException Wrong(string setting, string problem) => ProverWorkerOptionsValidator.Refuse(setting, problem);
}
