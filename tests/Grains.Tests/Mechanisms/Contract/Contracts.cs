using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.ElectedRace;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Mechanisms.RandomElection;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Grains.Tests.Mechanisms.Sample;
using ProvingMarket.TestKit.Cluster;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms.Contract;

public sealed class RaceContract : MechanismContract
{
    protected override MechanismChoice Choice => RaceOf(("bond", "2"));

    internal override IMechanism Mechanism { get; } = new RaceMechanism();

    protected override IMechanismState RunOf(MarketCluster market, string runKey) => market.Disk.All<RaceState>("race")[runKey];
}

public sealed class RaceOfSeveralWinnersContract : MechanismContract
{
    protected override MechanismChoice Choice => RaceOf(("bond", "2"), ("winners", "2"), ("split", "0"), ("hold", "1"));

    internal override IMechanism Mechanism { get; } = new RaceMechanism();

    protected override IMechanismState RunOf(MarketCluster market, string runKey) => market.Disk.All<RaceState>("race")[runKey];
}

public sealed class RandomElectionContract : DrawnByStakeContract
{
    protected override MechanismChoice Choice => MechanismOf("random-election", ("bond", "2"));

    internal override IMechanism Mechanism { get; } = new RandomElectionMechanism();

    protected override IMechanismState RunOf(MarketCluster market, string runKey) => market.Disk.All<RandomElectionState>("random-election")[runKey];
}

public sealed class ElectedRaceContract : DrawnByStakeContract
{
    protected override MechanismChoice Choice => MechanismOf("elected-race", ("bond", "2"), ("elected", "2"));

    internal override IMechanism Mechanism { get; } = new ElectedRaceMechanism();

    protected override IMechanismState RunOf(MarketCluster market, string runKey) => market.Disk.All<ElectedRaceState>("elected-race")[runKey];
}

public sealed class OpenElectedRaceContract : MechanismContract
{
    protected override MechanismChoice Choice => MechanismOf("elected-race", ("bond", "2"), ("elected", "0"));

    internal override IMechanism Mechanism { get; } = new ElectedRaceMechanism();

    protected override IMechanismState RunOf(MarketCluster market, string runKey) => market.Disk.All<ElectedRaceState>("elected-race")[runKey];
}

/// <summary>A mechanism of a third party is listed, routed to and run like the built-in ones.</summary>
public sealed class SampleContract : MechanismContract
{
    protected override MechanismChoice Choice => MechanismOf(FirstComeMechanism.MechanismName);

    internal override IMechanism Mechanism { get; } = new FirstComeMechanism();

    protected override void AddTo(IServiceCollection services) => services.AddMechanism<FirstComeMechanism, IFirstComeRunGrain>();

    protected override IMechanismState RunOf(MarketCluster market, string runKey) => market.Disk.All<FirstComeState>("first-come")[runKey];
}
