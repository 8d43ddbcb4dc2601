using System.CommandLine;
using ProvingMarket.Cli.Connections;
using ProvingMarket.Cli.Demo;
using ProvingMarket.Cli.Flags;
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
    private readonly Option<int> _slots = ValueOptions.Number("--slots", "Proofs to work on at the same time, with either backend.", 1, MarketLimits.ProverSlots).UnlessGiven(Defaults.Slots);
    private readonly Option<Credits> _ask = ValueOptions.Amount(
        "--ask", "Least price in credits for 1,000 constraints; of a price that rises up to 1 % less, as clocks differ.", MarketLimits.AskPerUnit, isZeroFit: true).UnlessGiven(Defaults.AskPerUnit);
    private readonly Option<bool> _standing = new("--standing-ask") { Description = "Keep an ask standing in the order book of every circuit, at the price of --ask and with all slots. Without it, asks that stand from before are cancelled." };
    private readonly Option<Credits> _maxBond = ValueOptions.Amount("--max-bond", "Highest bond in credits to put under one lease (default: no limit).", MarketLimits.Amount, isZeroFit: true);
    private readonly Option<long> _speed = ValueOptions.Number("--speed", "Declared constraints a second of one slot; measured from then on.", 1L).UnlessGiven(Defaults.MilliUnitsPerSecond);
    private readonly Option<TimeSpan> _p95 = ValueOptions.Time(
        "--p95", "The time from lease to proof that 95 of 100 proofs are committed not to exceed, for example 30s (default: no commitment).",
        $"a duration such as 30s, above 0 and at most {Deadline.Text(ProverWorkerOptions.LongestTime)}", time => time > TimeSpan.Zero && time <= ProverWorkerOptions.LongestTime);
    private readonly Option<int> _availability = ValueOptions.Number("--availability", "The part of the time, in per cent, that the worker is committed to be connected (default: no commitment).", 1, 100);
    private readonly Option<string[]> _hardware = new("--hardware") { HelpName = "TAG", Description = "Hardware tag, for example gpu; may be repeated." };
    private readonly Option<TimeSpan> _drain = ValueOptions.Time(
        "--drain", $"How long running proofs may go on after Ctrl-C (default: {Deadline.Text(Defaults.DrainTimeout)}).",
        $"a duration such as 20s, 0s to {Deadline.Text(ProverWorkerOptions.LongestTime)}", time => time <= ProverWorkerOptions.LongestTime);
    private readonly Option<string> _backend = ValueOptions.OneOf("--backend", $"{SnarkjsBackend} or {CommandBackend}.", SnarkjsBackend, CommandBackend).UnlessGiven(SnarkjsBackend);
    private readonly CommandBackendOptions _commandBackend = new();
    private readonly Option<bool> _verbose = new("--verbose") { Description = "Log details." };

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All =>
        [.. _connection.All, _id, _account, _circuits, _circuit, _slots, _ask, _standing, _maxBond, _speed, _p95, _availability, _hardware, _drain, _backend, .. _commandBackend.All, _verbose];

    /// <summary>The settings, or which flag cannot be used and why. What the worker itself checks is left to it.</summary>
    public (ProverRunSettings? Settings, string? Problem) Read(ParseResult flags)
    {
        var (connection, problem) = _connection.Read(flags);
        if (connection is null) return (null, problem);
        var isCommand = flags.GetValue(_backend) == CommandBackend;
        if (_commandBackend.Problem(flags, isCommand) is { } unfit) return (null, unfit);
        var drain = flags.IfGiven(_drain) ?? Defaults.DrainTimeout;

        return (new ProverRunSettings
        {
            Connection = connection,
            Slots = flags.GetValue(_slots),
            Drain = drain,
            Leave = Defaults.LeaveTimeout,
            Verbose = flags.GetValue(_verbose),
            Command = isCommand ? options => _commandBackend.Configure(flags, options) : null,
            Configure = worker =>
            {
                worker.ProverId = flags.GetValue(_id)!;
                worker.Account = flags.GetValue(_account)!;
                worker.CircuitsFolder = flags.GetValue(_circuits) ?? DemoFolders.Circuits;
                worker.Circuits = flags.GetValue(_circuit) ?? [];
                worker.Slots = flags.GetValue(_slots);
                worker.AskPerUnit = flags.GetValue(_ask);
                worker.StandingAsks = flags.GetValue(_standing);
                worker.MaxBond = flags.IfGiven(_maxBond);
                worker.MilliUnitsPerSecond = flags.GetValue(_speed);
                worker.LatencyP95 = flags.IfGiven(_p95);
                worker.AvailabilityPercent = flags.IfGiven(_availability);
                worker.Hardware = flags.GetValue(_hardware) ?? [];
                worker.DrainTimeout = drain;
            },
        }, null);
    }
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
