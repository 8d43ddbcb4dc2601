using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;

namespace ProvingMarket.Simulation.Study.Demand;

/// <summary>A request of the study: the same in the worlds of all policies.</summary>
internal sealed record StudyRequest
{
    /// <summary>Its place in the order of arrival, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>Who asks.</summary>
    public required Persona Persona { get; init; }

    /// <summary>The account that pays.</summary>
    public required string Account { get; init; }

    /// <summary>When, since the beginning of the study.</summary>
    public required TimeSpan At { get; init; }

    /// <summary>The program.</summary>
    public required ProgramDefinition Program { get; init; }

    /// <summary>The true size of the job, of which the program's work is only an estimate.</summary>
    public required WorkUnits Size { get; init; }

    /// <summary>The most it pays.</summary>
    public required Credits MaxPrice { get; init; }

    /// <summary>The time from asking to the soft deadline.</summary>
    public required TimeSpan Soft { get; init; }

    /// <summary>The time from asking to the hard deadline.</summary>
    public required TimeSpan Hard { get; init; }

    /// <summary>After which time a proof is worth half.</summary>
    public required TimeSpan HalfLife { get; init; }

    /// <summary>The reference price of the program.</summary>
    public required Credits Reference { get; init; }
}
