using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Mechanisms.Cooperative;

/// <summary>A committee's run as it is stored. Of the proofs of a batch it has the digests only: it is written with every delivery.</summary>
[GenerateSerializer, Immutable, Alias("pm.CooperativeState")]
public sealed record CooperativeState : IElectionState<CooperativeState>
{
    /// <summary>What it shares with runs of other mechanisms.</summary>
    [Id(0)] public required RunState Run { get; init; }

    /// <summary>Where the election stands.</summary>
    [Id(1)] public required Election Election { get; init; }

    /// <summary>The parameters read from the order.</summary>
    [Id(2)] public required CooperativeParameters Parameters { get; init; }

    /// <summary>The seats that have statements, in order; empty until the committee has been drawn.</summary>
    [Id(3)] public ImmutableArray<CommitteeSeat> Seats { get; init; } = [];

    /// <summary>What has been proved, in the order in which it was.</summary>
    [Id(4)] public ImmutableArray<ProvedStatement> Proved { get; init; } = [];

    /// <summary>Who was silent in the requester's last run of this kind for this program: drawn only when the others do not fill the committee.</summary>
    [Id(5)] public ImmutableArray<string> Absent { get; init; } = [];

    /// <summary>Digests of proofs of a batch that have been, or were about to be, written to records of their own, and are not counted yet: whatever becomes of
    /// them, these records are deleted with the run.</summary>
    [Id(6)] public ImmutableArray<string> Kept { get; init; } = [];

    /// <inheritdoc/>
    public CooperativeState With(RunState run) => this with { Run = run };

    /// <inheritdoc/>
    public CooperativeState With(RunState run, Election election) => this with { Run = run, Election = election };
}

/// <summary>A seat of a committee.</summary>
[GenerateSerializer, Immutable, Alias("pm.CommitteeSeat")]
public sealed record CommitteeSeat
{
    /// <summary>Its statements by number, in the order in which its member works on them (<see cref="CommitteeShares"/>).</summary>
    [Id(0)] public required ImmutableArray<int> Statements { get; init; }

    /// <summary>Who has been called to it, the last of them the current one.</summary>
    [Id(1)] public ImmutableArray<string> Members { get; init; } = [];

    /// <summary>True when it has a statement before others do: whoever delivers nothing there has kept the others waiting.</summary>
    [Id(2)] public bool IsFirst { get; init; }
}

/// <summary>What is remembered of a requester's last run of a committee for a program.</summary>
[GenerateSerializer, Immutable, Alias("pm.CommitteeRecord")]
public sealed record CommitteeRecord
{
    /// <summary>The run's key; its transcript says why.</summary>
    [Id(0)] public required string RunKey { get; init; }

    /// <summary>When it ended.</summary>
    [Id(1)] public required DateTimeOffset EndedAt { get; init; }

    /// <summary>Who was silent in it.</summary>
    [Id(2)] public ImmutableArray<string> Silent { get; init; } = [];

    /// <summary>What is remembered after one more run: the one that ended last, whichever is told first.</summary>
    public static CommitteeRecord Later(CommitteeRecord? known, CommitteeRecord told)
    {
        if (known is null) return told;
        var order = told.EndedAt.CompareTo(known.EndedAt);
        return order > 0 || (order == 0 && string.CompareOrdinal(told.RunKey, known.RunKey) > 0) ? told : known;
    }
}
