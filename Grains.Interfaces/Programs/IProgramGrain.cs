using Orleans.Concurrency;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;

namespace ProvingMarket.Grains.Interfaces.Programs;

/// <summary>A program, keyed by its id (<see cref="ProgramRules.IdOf"/>). Its definition never changes, so reading it waits for nothing: while a
/// program asks a verifier about its key, all verifiers may be waiting for programs.</summary>
[Alias("pm.IProgramGrain")]
public interface IProgramGrain : IGrainWithStringKey
{
    /// <summary>Called by clients: registers the program. Refuses a definition whose id is not the key, whose proof system is unknown,
    /// whose key is unusable or whose public inputs are larger than a request's may be. Repeatable: the first definition stays, which can differ in its name only.</summary>
    [Alias("Register")]
    Task<ProgramAnswer> RegisterAsync(ProgramDefinition definition);

    /// <summary>Called by anyone: the summary; refuses with <see cref="ReasonCode.ProgramUnknown"/>.</summary>
    [Alias("Get"), AlwaysInterleave]
    Task<ProgramAnswer> GetAsync();

    /// <summary>Called by verifiers: the whole definition with its key; null when there is no such program.</summary>
    [Alias("GetDefinition"), AlwaysInterleave]
    Task<ProgramDefinition?> GetDefinitionAsync();
}

/// <summary>Answer about a program.</summary>
[GenerateSerializer, Immutable, Alias("pm.ProgramAnswer")]
public sealed record ProgramAnswer
{
    /// <summary>The program; null when refused.</summary>
    [Id(0)] public ProgramSummary? Program { get; init; }

    /// <summary>Why not.</summary>
    [Id(1)] public Refusal? Refusal { get; init; }
}
