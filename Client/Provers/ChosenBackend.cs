using ProvingMarket.Client.Backends;

namespace ProvingMarket.Client.Provers;

/// <summary>Chooses a worker's backend by name.</summary>
internal static class ChosenBackend
{
    /// <summary>The backend of this name, or the only one when no name is given.</summary>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">There is none, or the choice is open.</exception>
    public static IProverBackend Among(IReadOnlyList<IProverBackend> backends, string name)
    {
        var fitting = backends.Where(backend => name.Length == 0 || backend.Name == name).ToArray();
        return fitting.Length == 1
            ? fitting[0]
            : throw ProverWorkerOptionsValidator.Refuse(
                nameof(ProverWorkerOptions.Backend),
                $"must name one of the registered backends ({string.Join(", ", backends.Select(backend => backend.Name))}), was '{name}'");
    }
}
