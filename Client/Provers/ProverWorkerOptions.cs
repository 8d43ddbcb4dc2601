using ProvingMarket.Domain;
using ProvingMarket.Domain.Provers;

namespace ProvingMarket.Client.Provers;

/// <summary>Settings of a prover's worker. They are checked when the application starts.</summary>
public sealed class ProverWorkerOptions
{
    /// <summary>The longest that a time here may be: 30 days.</summary>
    public static readonly TimeSpan LongestTime = TimeSpan.FromDays(30);

    /// <summary>The prover's id. It stays with the account that first used it. Required.</summary>
    public string ProverId { get; set; } = "";

    /// <summary>The account that is paid. Required.</summary>
    public string Account { get; set; } = "";

    /// <summary>The folder of circuits, see <see cref="CircuitCatalog"/>. Required.</summary>
    public string CircuitsFolder { get; set; } = "";

    /// <summary>Names or program ids of the circuits to offer; all of the folder when empty.</summary>
    public IList<string> Circuits { get; set; } = [];

    /// <summary>The name of the backend to prove with; may be left empty when only one is registered.</summary>
    public string Backend { get; set; } = "";

    /// <summary>Proofs to work on at the same time.</summary>
    /// <value>The default is 1.</value>
    public int Slots { get; set; } = 1;

    /// <summary>The least price for one work unit (1,000 constraints). A price that rises is taken by the market's clock, as well as this process knows it, and may
    /// be up to 1 per cent less.</summary>
    /// <value>The default is 0: any price will do.</value>
    public Credits AskPerUnit { get; set; }

    /// <summary>Whether to keep an ask standing in the order book of every program offered, at <see cref="AskPerUnit"/> and with all
    /// <see cref="Slots"/>. It is a binding offer at exactly that price, where <see cref="AskPerUnit"/> alone is the least of what is offered: so it is for
    /// who runs the prover to say, and not for a price of 0. Asks that stand from before are cancelled when this is off.</summary>
    /// <value>The default is false.</value>
    public bool StandingAsks { get; set; }

    /// <summary>The highest bond to put under one lease; null for no limit.</summary>
    public Credits? MaxBond { get; set; }

    /// <summary>The declared throughput of one slot, in thousandths of a work unit (constraints) a second. Decides whether a deadline can be
    /// met until there is a measurement.</summary>
    /// <value>The default is 2,000.</value>
    public long MilliUnitsPerSecond { get; set; } = 2_000;

    /// <summary>The committed 95th percentile from lease to proof; null for no commitment.</summary>
    public TimeSpan? LatencyP95 { get; set; }

    /// <summary>The part of the time that the worker commits to be connected, 1–100 per cent; null for no commitment.</summary>
    public int? AvailabilityPercent { get; set; }

    /// <summary>Hardware tags, for example <c>gpu</c>.</summary>
    public IList<string> Hardware { get; set; } = [];

    /// <summary>Time to leave between the expected end of a proof and its deadline, for delivery and verification; and between declining a lease that is reserved,
    /// when no slot becomes free for it, and the time by which it has to be answered.</summary>
    /// <value>The default is 500 milliseconds.</value>
    public TimeSpan DeadlineMargin { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a measured throughput is trusted. Then the declared one counts again, so that a worker that was slow for a while gets
    /// another chance.</summary>
    /// <value>The default is 10 minutes.</value>
    public TimeSpan MeasurementLifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How many invitations may wait for a slot. When more come, those with the latest deadlines go; the market repeats them.</summary>
    /// <value>The default is 256.</value>
    public int QueueCapacity { get; set; } = 256;

    /// <summary>How long running proofs may go on after the worker was told to stop. The host must wait longer than this and
    /// <see cref="LeaveTimeout"/> together (<c>HostOptions.ShutdownTimeout</c>, 30 seconds by default).</summary>
    /// <value>The default is 20 seconds.</value>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long the worker tries to give back unfinished leases, to decline those that are reserved and to cancel its asks, and as long again to say goodbye.</summary>
    /// <value>The default is 5 seconds.</value>
    public TimeSpan LeaveTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The waits between repeated calls and between attempts to join a run.</summary>
    public BackOffOptions BackOff { get; set; } = new();

    /// <summary>What the market is told.</summary>
    internal ProverOffer Offer(IEnumerable<string> programIds) => new()
    {
        ProverId = ProverId,
        Account = Account,
        Programs = [.. programIds],
        Slots = Slots,
        MilliUnitsPerSecond = MilliUnitsPerSecond,
        AskPerUnit = AskPerUnit,
        LatencyP95 = LatencyP95,
        AvailabilityPercent = AvailabilityPercent,
        Hardware = [.. Hardware],
        MaxBond = MaxBond,
    };
}
