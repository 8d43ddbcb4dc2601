using System.Collections.Immutable;
using System.Runtime.InteropServices;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Routing.Scores;

namespace ProvingMarket.Grains.Provers;

/// <summary>Counts a prover's invitations and how they ended, for it to see. In memory only.</summary>
internal sealed class InvitationCounts(DateTimeOffset since)
{
    // There are few mechanisms, and few ways to end: a list is read in one piece of memory, a dictionary in three.
    private readonly List<(string Mechanism, int Count)> _invited = new(1);
    private readonly List<(ReasonCode Reason, int Count)> _ended = new(1);

    /// <summary>It was invited to a run.</summary>
    public void Invited(string mechanism) => Count(_invited, mechanism);

    /// <summary>A run is over for it.</summary>
    public void Ended(ReasonCode reason) => Count(_ended, reason);

    /// <summary>What was counted.</summary>
    public InvitationTally Tally() => new()
    {
        Since = since,
        Invited = _invited.ToImmutableSortedDictionary(known => known.Mechanism, known => known.Count, StringComparer.Ordinal),
        Ended = _ended.ToImmutableSortedDictionary(known => known.Reason, known => known.Count),
    };

    private static void Count<T>(List<(T Kind, int Count)> counts, T kind)
    {
        foreach (ref var known in CollectionsMarshal.AsSpan(counts))
        {
            if (!EqualityComparer<T>.Default.Equals(known.Kind, kind)) continue;
            known.Count++;
            return;
        }
        counts.Add((kind, 1));
    }
}
