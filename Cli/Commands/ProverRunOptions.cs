using System.CommandLine;
using ProvingMarket.Cli.Connections;
using ProvingMarket.Cli.Demo;
using ProvingMarket.Client;
using ProvingMarket.Client.Backends.Command;
using ProvingMarket.Client.Provers;
using ProvingMarket.Domain;

namespace ProvingMarket.Cli.Commands;

/// <summary>The flags of <c>market prover run</c>, and how they become settings.</summary>
internal sealed class ProverRunOptions
{
    /// <summary>The name of the backend that runs <c>--command</c>.</summary>
    public const string CommandBackend = "command";

    private const string SnarkjsBackend = "snarkjs";

    private static readonly ProverWorkerOptions Defaults = new();

    private readonly ConnectionOptions _connection = new(isPatient: true);
    private readonly Option<string> _id = new("--id") { HelpName = "ID", Description = "The prover's id; it stays with the account that first used it.", Required = true };
    private readonly Option<string> _account = new("--account") { HelpName = "ACCOUNT", Description = "The account that is paid.", Required = true };
    private readonly Option<string> _circuits = new("--circuits") { HelpName = "DIR", Description = "Folder of circuits with their manifests (default: the circuits that come with this program)." };
    private readonly Option<string[]> _circuit = new("--circuit") { HelpName = "NAME", Description = "Name of a circuit to offer; may be repeated (default: all of the folder)." };
    private readonly Option<int> _slots = new("--slots") { HelpName = "N", Description = "Proofs to work on at the same time.", DefaultValueFactory = _ => Defaults.Slots };
    private readonly Option<string> _ask = new("--ask") { HelpName = "CREDITS", Description = "Least price in credits for 1,000 constraints; of a price that rises up to 1 % less, as clocks differ.", DefaultValueFactory = _ => Defaults.AskPerUnit.ToString() };
    private readonly Option<bool> _standing = new("--standing-ask") { Description = "Keep an ask standing in the order book of every circuit, at the price of --ask and with all slots. Without it, asks that stand from before are cancelled." };
    private readonly Option<string> _maxBond = new("--max-bond") { HelpName = "CREDITS", Description = "Highest bond in credits to put under one lease (default: no limit)." };
    private readonly Option<long> _speed = new("--speed") { HelpName = "N", Description = "Declared constraints a second of one slot; measured from then on.", DefaultValueFactory = _ => Defaults.MilliUnitsPerSecond };
    private readonly Option<string> _p95 = new("--p95") { HelpName = "TIME", Description = "The time from lease to proof that 95 of 100 proofs are committed not to exceed, for example 30s (default: no commitment)." };
    private readonly Option<int?> _availability = new("--availability") { HelpName = "PERCENT", Description = "The part of the time the worker is committed to be connected (default: no commitment)." };
    private readonly Option<string[]> _hardware = new("--hardware") { HelpName = "TAG", Description = "Hardware tag, for example gpu; may be repeated." };
    private readonly Option<string> _drain = new("--drain") { HelpName = "TIME", Description = "How long running proofs may go on after Ctrl-C, for example 20s.", DefaultValueFactory = _ => $"{Defaults.DrainTimeout.TotalSeconds:0}s" };
    private readonly Option<string> _backend = new("--backend") { HelpName = "NAME", Description = $"{SnarkjsBackend} or {CommandBackend}.", DefaultValueFactory = _ => SnarkjsBackend };
    private readonly Option<string> _command = new("--command") { HelpName = "FILE", Description = "With the command backend: the executable." };
    private readonly Option<string[]> _arguments = new("--arg") { HelpName = "ARG", Description = "With the command backend: an argument; {input}, {proof}, {public}, {workdir}, {program} and {artefact:ROLE} are replaced. May be repeated.", AllowMultipleArgumentsPerToken = false };
    private readonly Option<bool> _verbose = new("--verbose") { Description = "Log details." };

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All =>
        [.. _connection.All, _id, _account, _circuits, _circuit, _slots, _ask, _standing, _maxBond, _speed, _p95, _availability, _hardware, _drain, _backend, _command, _arguments, _verbose];

    /// <summary>The settings, or which flag cannot be used and why. What the worker itself checks is left to it.</summary>
    public (ProverRunSettings? Settings, string? Problem) Read(ParseResult flags)
    {
        var (connection, problem) = _connection.Read(flags);
        if (connection is null) return (null, problem);
        if (!Credits.TryParse(flags.GetValue(_ask), out var ask)) return Wrong(_ask, "a number of credits", flags.GetValue(_ask));
        Credits? maxBond = null;
        if (flags.GetValue(_maxBond) is { } bondText)
        {
            if (!Credits.TryParse(bondText, out var bond)) return Wrong(_maxBond, "a number of credits", bondText);
            maxBond = bond;
        }
        TimeSpan? p95 = null;
        if (flags.GetValue(_p95) is { } p95Text)
        {
            if (!Deadline.TryDuration(p95Text, out var latency)) return Wrong(_p95, "a duration such as 30s", p95Text);
            p95 = latency;
        }
        if (!Deadline.TryDuration(flags.GetValue(_drain)!, out var drain)) return Wrong(_drain, "a duration such as 20s", flags.GetValue(_drain));
        var backend = flags.GetValue(_backend);
        if (backend is not (SnarkjsBackend or CommandBackend)) return Wrong(_backend, $"{SnarkjsBackend} or {CommandBackend}", backend);
        var executable = flags.GetValue(_command);
        if (backend == CommandBackend && executable is null) return Wrong(_command, "given with the command backend", "missing");
        if (backend != CommandBackend && (executable is not null || flags.GetValue(_arguments) is { Length: > 0 }))
            return Wrong(_backend, $"{CommandBackend} when --command or --arg is given", backend);

        return (new ProverRunSettings
        {
            Connection = connection,
            Slots = flags.GetValue(_slots),
            Drain = drain,
            Leave = Defaults.LeaveTimeout,
            Verbose = flags.GetValue(_verbose),
            Command = backend == CommandBackend ? Command : null,
            Configure = worker =>
            {
                worker.ProverId = flags.GetValue(_id)!;
                worker.Account = flags.GetValue(_account)!;
                worker.CircuitsFolder = flags.GetValue(_circuits) ?? DemoFolders.Circuits;
                worker.Circuits = flags.GetValue(_circuit) ?? [];
                worker.Slots = flags.GetValue(_slots);
                worker.AskPerUnit = ask;
                worker.StandingAsks = flags.GetValue(_standing);
                worker.MaxBond = maxBond;
                worker.MilliUnitsPerSecond = flags.GetValue(_speed);
                worker.LatencyP95 = p95;
                worker.AvailabilityPercent = flags.GetValue(_availability);
                worker.Hardware = flags.GetValue(_hardware) ?? [];
                worker.DrainTimeout = drain;
            },
        }, null);

        void Command(CommandOptions options)
        {
            options.Executable = executable!;
            options.Arguments = flags.GetValue(_arguments) ?? [];
        }
    }

    private static (ProverRunSettings? Settings, string? Problem) Wrong(Option option, string limit, string? value) =>
        (null, $"{option.Name} must be {limit}, was {value}");
}

/// <summary>Settings read from the flags.</summary>
internal sealed record ProverRunSettings
{
    /// <summary>Where the market is.</summary>
    public required MarketConnection Connection { get; init; }

    public required int Slots { get; init; }

    /// <summary>How long running proofs may go on after Ctrl-C.</summary>
    public required TimeSpan Drain { get; init; }

    /// <summary>How long leaving may take after that.</summary>
    public required TimeSpan Leave { get; init; }

    public bool Verbose { get; init; }

    /// <summary>Configures the command backend; null for snarkjs.</summary>
    public Action<CommandOptions>? Command { get; init; }

    public required Action<ProverWorkerOptions> Configure { get; init; }
}
