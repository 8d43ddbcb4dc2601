using System.Collections.Frozen;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Simulation.Study.Demand;
using ProvingMarket.Simulation.Study.Supply;

namespace ProvingMarket.Simulation.Study.Worlds;

/// <summary>Everything that the worlds of one seed and population have in common.</summary>
internal sealed class StudyPlan
{
    private readonly FrozenDictionary<string, StudyRequest> _byId;

    private StudyPlan(long seed, string population, StudySupply supply, StudyDemand demand)
    {
        (Seed, Population, Supply, Demand) = (seed, population, supply, demand);
        _byId = demand.Requests.ToFrozenDictionary(request => request.Id, StringComparer.Ordinal);
    }

    /// <summary>The seed.</summary>
    public long Seed { get; }

    /// <summary>The population.</summary>
    public string Population { get; }

    /// <summary>Who proves.</summary>
    public StudySupply Supply { get; }

    /// <summary>Who asks, when, and for what.</summary>
    public StudyDemand Demand { get; }

    /// <summary>Draws the plan of a seed.</summary>
    public static StudyPlan Draw(long seed, string population, JobSizes sizes, int requests, int provers, int requestersEach = Personas.RequestersEach)
    {
        var supply = StudySupply.Draw(seed, provers);
        return new StudyPlan(seed, population, supply, StudyDemand.Draw(seed, supply, sizes, population, requests, requestersEach));
    }

    /// <summary>The request of an id; null when it is none of the study's.</summary>
    public StudyRequest? Find(string requestId) => _byId.GetValueOrDefault(requestId);

    /// <summary>The request of a run.</summary>
    public StudyRequest OfRun(string runKey) => _byId[GrainKeys.OfRun(runKey).RequestId];
}
