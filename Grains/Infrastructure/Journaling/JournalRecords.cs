using System.Collections.Immutable;

namespace ProvingMarket.Grains.Infrastructure.Journaling;

/// <summary>The state of a journal as of one page: what is loaded first, before the pages after it are applied.</summary>
[GenerateSerializer, Immutable, Alias("pm.JournalHead`1")]
public sealed record JournalHead<TState>
    where TState : class
{
    /// <summary>The state after <see cref="Page"/>.</summary>
    [Id(0)] public required TState State { get; init; }

    /// <summary>The number of the last page the state contains; 0 for none.</summary>
    [Id(1)] public required long Page { get; init; }
}

/// <summary>The entries of one write. Pages are numbered from 1 without gaps.</summary>
[GenerateSerializer, Immutable, Alias("pm.JournalPage`1")]
public sealed record JournalPage<TEntry>
{
    /// <summary>The page's number.</summary>
    [Id(0)] public required long Number { get; init; }

    /// <summary>The entries, oldest first; never empty.</summary>
    [Id(1)] public required ImmutableArray<TEntry> Entries { get; init; }
}
