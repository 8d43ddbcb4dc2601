using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Routing.Scores;

namespace ProvingMarket.Grains.Registry;

/// <summary>Counts a prover's invitations and how they ended, for it to see. In memory only.</summary>
internal sealed class InvitationCounts(DateTimeOffset since)
{
    private readonly Dictionary<string, int> _invited = new(StringComparer.Ordinal);
    private readonly Dictionary<ReasonCode, int> _ended = [];

    /// <summary>It was invited to a run.</summary>
    public void Invited(string mechanism) => _invited[mechanism] = _invited.GetValueOrDefault(mechanism) + 1;

    /// <summary>A run is over for it.</summary>
    public void Ended(ReasonCode reason) => _ended[reason] = _ended.GetValueOrDefault(reason) + 1;

    /// <summary>What was counted.</summary>
    public InvitationTally Tally() => new()
    {
        Since = since, Invited = _invited.ToImmutableSortedDictionary(StringComparer.Ordinal), Ended = _ended.ToImmutableSortedDictionary(),
    };
}
