using System.Globalization;
using Orleans.Simulation;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Qos;
using ProvingMarket.Domain.Mechanisms.Cooperative;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Simulation.Worlds;

namespace ProvingMarket.Simulation.Requesters;

/// <summary>What a requester does with one request beside submitting it.</summary>
internal enum RequestTwist
{
    /// <summary>Waits for the outcome.</summary>
    None,

    /// <summary>Looks at every change of the status.</summary>
    Watch,

    /// <summary>Submits it again with the same body.</summary>
    Repeat,

    /// <summary>Submits another body with the same id.</summary>
    Conflict,

    /// <summary>Cancels it, sooner or later.</summary>
    Cancel,

    /// <summary>Never looks at it again.</summary>
    WalkAway,
}

/// <summary>One request of a requester: drawn once, kept through the crashes of its process.</summary>
/// <param name="id">The request's id.</param>
internal sealed class RequestScript(string id)
{
    /// <summary>The request's id.</summary>
    public string Id => id;

    /// <summary>What is submitted; null before the first attempt.</summary>
    public ProofRequestSpec? Spec { get; private set; }

    /// <summary>What else is done.</summary>
    public RequestTwist Twist { get; private set; }

    /// <summary>When: after so long.</summary>
    public TimeSpan Patience { get; private set; }

    /// <summary>What a hostile requester does with it.</summary>
    public HostileTricks Tricks { get; private set; }

    /// <summary>True when the requester is through with it.</summary>
    public bool IsDone { get; set; }

    /// <summary>Draws it, for a submission at <paramref name="now"/> by the requester's clock.</summary>
    /// <param name="world">The world.</param>
    /// <param name="requester">The requester.</param>
    /// <param name="random">Its randomness.</param>
    /// <param name="now">The time by its clock.</param>
    /// <param name="clockSkew">How wrong clocks can be here: most requesters know, and leave the time for it.</param>
    public ProofRequestSpec Draw(WorldPlan world, RequesterPlan requester, SimulatedRandom random, DateTimeOffset now, TimeSpan clockSkew)
    {
        if (random.Chance(0.8)) now += clockSkew;
        Twist = DrawTwist(random);
        Patience = random.NextTime(TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(20));
        var program = world.Programs[random.Next(world.Programs.Length)];
        var inputs = ProgramInputs(program.VerificationKey, random);
        var price = new Credits((long)random.NextLogarithmic(1_000, 20_000_000));
        var soft = now + random.NextTime(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(40));
        Spec = new ProofRequestSpec
        {
            RequestId = id,
            Account = requester.Account,
            ProgramId = Domain.Programs.ProgramRules.IdOf(program),
            PublicInputs = inputs,
            Input = inputs,
            MaxPrice = price,
            SoftDeadline = soft,
            HardDeadline = soft + random.NextTime(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(20)),
            Constraints = Constraints(world, random),
        };
        Spec = world.LeavesChoice && random.Chance(0.5) ? Routed(Spec, random) : Named(Spec, world, price, random);
        if (IsForBatches(Spec) && random.Chance(0.8)) Spec = Batch(Spec, program.VerificationKey, random);
        if (random.Chance(0.02)) Spec = Spoil(Spec, random);
        return Spec;
    }

    /// <summary>Draws it for a hostile requester; the arguments are those of <see cref="Draw"/>.</summary>
    public ProofRequestSpec DrawHostile(WorldPlan world, RequesterPlan requester, SimulatedRandom random, DateTimeOffset now, TimeSpan clockSkew)
    {
        Spec = HostileScript.Turn(Draw(world, requester, random, now, clockSkew), random);
        Tricks = HostileScript.Draw(random);
        return Spec;
    }

    /// <summary>The market chooses, by weights all over their range.</summary>
    private static ProofRequestSpec Routed(ProofRequestSpec spec, SimulatedRandom random) => spec with
    {
        Weights = new QosWeights { Speed = (int)random.Next(1, 11), Cost = (int)random.Next(11), Safety = (int)random.Next(11), CensorshipResistance = (int)random.Next(11) },
        HalfLife = random.Chance(0.3) ? random.NextTime(TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1)) : null,
    };

    private static ProofRequestSpec Named(ProofRequestSpec spec, WorldPlan world, Credits price, SimulatedRandom random) => spec with
    {
        Mechanism = MechanismScript.Draw(world.Mechanisms, price, random),
        Fallbacks = random.Chance(0.25) ? [new RequestFallback { Mechanism = MechanismScript.Draw(world.Mechanisms, price, random) }] : [],
    };

    /// <summary>Mostly where every stage takes batches; now and then a fallback does not, and the request is refused.</summary>
    private static bool IsForBatches(ProofRequestSpec spec) => spec.Mechanism?.Name == CooperativeParameters.MechanismName;

    private static ProofRequestSpec Batch(ProofRequestSpec spec, Bytes key, SimulatedRandom random)
    {
        var inputs = Enumerable.Range(0, 1 + random.Next(8)).Select(_ => ProgramInputs(key, random)).Distinct();
        return spec with
        {
            PublicInputs = Bytes.Empty,
            Input = Bytes.Empty,
            Statements = [.. inputs.Select(input => new ProofStatement { PublicInputs = input, Input = input })],
            Fallbacks = random.Chance(0.9) ? [.. spec.Fallbacks.Select(fallback => fallback with { Mechanism = spec.Mechanism! })] : spec.Fallbacks,
        };
    }

    private static RequestTwist DrawTwist(SimulatedRandom random) => random.Next(100) switch
    {
        < 55 => RequestTwist.None,
        < 65 => RequestTwist.Watch,
        < 75 => RequestTwist.Repeat,
        < 80 => RequestTwist.Conflict,
        < 95 => RequestTwist.Cancel,
        _ => RequestTwist.WalkAway,
    };

    private static Bytes ProgramInputs(Bytes key, SimulatedRandom random)
    {
        var count = key.Span[0] - '0';
        return Bytes.Utf8(string.Join(',', Enumerable.Range(0, count).Select(_ => random.Next(1_000).ToString(CultureInfo.InvariantCulture))));
    }

    private static RequestConstraints Constraints(WorldPlan world, SimulatedRandom random)
    {
        if (!random.Chance(0.1)) return new RequestConstraints();
        var prover = world.Provers[random.Next(world.Provers.Length)].Id;
        return random.Next(3) switch
        {
            0 => new RequestConstraints { AllowedProvers = [prover] },
            1 => new RequestConstraints { DeniedProvers = [prover] },
            _ => new RequestConstraints { MinStake = Credits.Whole(random.Next(1, 100)) },
        };
    }

    /// <summary>A request that the market refuses.</summary>
    private static ProofRequestSpec Spoil(ProofRequestSpec spec, SimulatedRandom random) => random.Next(4) switch
    {
        0 => spec with { MaxPrice = Credits.Zero },
        1 => spec with { SoftDeadline = spec.HardDeadline + TimeSpan.FromSeconds(1) },
        2 => spec with { ProgramId = new string('0', 64) },
        _ => spec with { Mechanism = new MechanismChoice { Name = "lottery" } },
    };
}
