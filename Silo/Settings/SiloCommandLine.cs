using System.CommandLine;
using System.CommandLine.Help;
using ProvingMarket.Silo.Hosting;

namespace ProvingMarket.Silo.Settings;

/// <summary>The silo's flags. Each is a setting that can also be given in appsettings.json or the environment; flags win.</summary>
internal sealed class SiloCommandLine
{
    private static readonly (Option<string> Option, string Key)[] Flags =
    [
        (Flag("--storage", $"{string.Join(" or ", Engine.Storages)} (default: {Engine.DefaultStorage})"), $"{SiloSettings.Section}:{nameof(SiloSettings.Storage)}"),
        (Flag("--data-folder", "with sqlite, the folder of the market's data (default: data)"), $"{SiloSettings.Section}:{nameof(SiloSettings.DataFolder)}"),
        (Flag("--postgresql", "with postgresql, the connection string (default: the cluster's)"), $"{SiloSettings.Section}:PostgreSql:ConnectionString"),
        (Flag("--gateway-address", "IP address for clients and workers (default: 127.0.0.1)"), $"{SiloSettings.Section}:{nameof(SiloSettings.GatewayAddress)}"),
        (Flag("--gateway-port", "port for clients and workers, 0 for a free one (default: 5170)"), $"{SiloSettings.Section}:{nameof(SiloSettings.GatewayPort)}"),
        (Flag("--gateway-secret", "secret they must present, required off loopback; Orleans.Embedded only"), $"{SiloSettings.Section}:{nameof(SiloSettings.GatewaySecret)}"),
        (Flag("--gateway-max-connections", "how many of them may be connected (default: 20000); Orleans.Embedded only"), $"{SiloSettings.Section}:{nameof(SiloSettings.GatewayMaxConnections)}"),
        (Flag("--gateway-max-calls", "how many calls of one of them may be under way (default: 10000); Orleans.Embedded only"), $"{SiloSettings.Section}:{nameof(SiloSettings.GatewayMaxCalls)}"),
        (Flag("--cluster", "PostgreSQL connection string by which the silos of a cluster find each other; Microsoft Orleans only"), $"{SiloSettings.Section}:Cluster:ConnectionString"),
        (Flag("--silo-port", "port for other silos, 0 for a free one (default: 5171); Microsoft Orleans only"), $"{SiloSettings.Section}:Cluster:SiloPort"),
        (Flag("--advertised-address", "IP address that others are told (default: the gateway's); Microsoft Orleans only"), $"{SiloSettings.Section}:Cluster:AdvertisedAddress"),
        (Flag("--web-address", "IP address of the web server; off loopback the setting Silo:Operator:Key is required (default: 127.0.0.1)"), $"{SiloSettings.Section}:Web:Address"),
        (Flag("--web-port", "port of the web server, 0 for a free one (default: 5180)"), $"{SiloSettings.Section}:Web:Port"),
    ];

    /// <summary>Runs the silo with the settings given by flags; wrong flags are refused with exit code 2.</summary>
    public static Task<int> RunAsync(string[] args, Func<IReadOnlyDictionary<string, string?>, CancellationToken, Task<int>> run)
    {
        var root = new RootCommand(
            """
            The proving market as a server. Stops on Ctrl-C; killed at any moment it continues open requests at the next start.

            Settings come from appsettings.json, then the environment (Silo__DataFolder, Market__SessionLifetime, …), then flags.
            Secrets are better given by the environment, where no list of processes shows them: Silo__GatewaySecret, Silo__Operator__Key,
            Silo__Cluster__ConnectionString, Silo__PostgreSql__ConnectionString.

            Exit codes: 0 stopped, 1 did not start (a port that is taken, a database that refuses; one line on the error output says which setting) or failed,
            2 bad flags or settings.

            Examples:
              ProvingMarket.Silo
              ProvingMarket.Silo --data-folder /var/lib/proving-market --gateway-port 5170
              Market__SlashRequesterPercent=40 ProvingMarket.Silo --storage memory
            """);
        foreach (var (option, _) in Flags) root.Options.Add(option);
        root.SetAction((result, token) => run(
            Flags.Where(flag => result.GetResult(flag.Option) is not null)
                .ToDictionary(flag => flag.Key, string? (flag) => result.GetValue(flag.Option), StringComparer.OrdinalIgnoreCase),
            token));
        var parsed = root.Parse(args);
        // Signals are the host's business: it drains for as long as its shutdown timeout allows.
        if (parsed.Errors.Count == 0 || parsed.Action is HelpAction) return parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
        foreach (var error in parsed.Errors) Console.Error.WriteLine(error.Message);
        return Task.FromResult(2);
    }

    private static Option<string> Flag(string name, string description) => new(name) { Description = description };
}
