using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms;

namespace ProvingMarket.Domain.Requests;

/// <summary>Everything that has to happen so that an ended request owes and is owed nothing. Each operation has an id and may be repeated.</summary>
[GenerateSerializer, Immutable, Alias("pm.Settlement")]
public sealed record Settlement
{
    /// <summary>What is taken from the hold; the rest of the hold is refunded.</summary>
    [Id(0)] public required Credits Captured { get; init; }

    /// <summary>What is credited to which account: rewards out of the captured money, compensation out of slashed bonds.</summary>
    [Id(1)] public ImmutableArray<SettlementCredit> Credits { get; init; } = [];

    /// <summary>Leases to end, with their bonds.</summary>
    [Id(2)] public ImmutableArray<LeaseEnding> Leases { get; init; } = [];

    /// <summary>When it was decided.</summary>
    [Id(3)] public required DateTimeOffset DecidedAt { get; init; }
}

/// <summary>One credit of a settlement.</summary>
[GenerateSerializer, Immutable, Alias("pm.SettlementCredit")]
public sealed record SettlementCredit
{
    /// <summary>The entry id on the credited account; applied at most once there.</summary>
    [Id(0)] public required string EntryId { get; init; }

    /// <summary>The credited account.</summary>
    [Id(1)] public required string Account { get; init; }

    /// <summary>How much.</summary>
    [Id(2)] public required Credits Amount { get; init; }

    /// <summary>What for.</summary>
    [Id(3)] public required CreditKind Kind { get; init; }
}

/// <summary>What a settlement credit is for.</summary>
public enum CreditKind
{
    /// <summary>The reward of a verified proof.</summary>
    Reward = 1,
    /// <summary>The requester's share of a slashed bond, when its request was proved all the same.</summary>
    Compensation = 2,
    /// <summary>The rescuer's share of a slashed bond, when the request was proved.</summary>
    Rescue = 3,
    /// <summary>The treasury's share of a slashed bond, with what rounding leaves.</summary>
    Treasury = 4,
    /// <summary>Returned to a prover: what it cost to say that a request cannot be proved, which nobody has proved.</summary>
    Returned = 5,
}

/// <summary>How a slashed bond is split when the request was proved, in per cent; the treasury gets the rest. Both shares are at least 0 and together at most 100.</summary>
[GenerateSerializer, Immutable, Alias("pm.SlashSplit")]
public sealed record SlashSplit
{
    /// <summary>The requester's share.</summary>
    [Id(0)] public int RequesterPercent { get; init; } = 50;

    /// <summary>The share of whoever rescued the request; the treasury's when nobody did.</summary>
    [Id(1)] public int RescuerPercent { get; init; } = 30;
}

/// <summary>Computes settlements.</summary>
public static class SettlementRules
{
    /// <summary>The account that receives what belongs to nobody else.</summary>
    public const string TreasuryAccount = "treasury";

    /// <summary>The settlement of a run's report: rewards from the held money, slashed bonds split between requester, rescuer and treasury.
    /// Credits add up exactly to what is captured plus what is slashed, in earlier stages, too: their leases have ended already. The rescuer is the first prover
    /// paid by this report that is of another account than who is slashed (<see cref="Rescues"/>); shares are rounded down, and the treasury gets what is left. When not everything was proved in the end there
    /// is nothing to share: nobody gains by asking for what cannot be proved, and who said that it cannot be has back what saying so cost. When
    /// it was proved after all, that goes to the treasury.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The split is not between 0 and 100 per cent.</exception>
    /// <exception cref="InvalidOperationException">The report pays more than <paramref name="held"/>, less than nothing, nobody, or a prover
    /// twice, or ends a lease twice: a mechanism broke its contract, and money would appear or disappear.</exception>
    public static Settlement Of(
        string requestId, string requesterAccount, Credits held, RunReport report, SlashSplit split, DateTimeOffset now, ImmutableArray<EndedStage> earlier = default)
    {
        Require(split);
        var before = earlier.IsDefault ? [] : earlier;
        var paidBefore = before.Aggregate(Domain.Credits.Zero, (sum, stage) => sum + stage.Paid);
        if (Violation(report, held - paidBefore) is { } violation) throw new InvalidOperationException($"Request {requestId}: the run's report {violation}.");

        var captured = paidBefore + Paid(report);
        var credits = ImmutableArray.CreateBuilder<SettlementCredit>();
        // A prover may be paid, and miss a lease, in each of several stages: earlier ones are told apart.
        foreach (var stage in before) Reward(stage.Payments, $"{stage.Stage}/");
        Reward(report.Payments, "");
        foreach (var stage in before) Slash(stage.Leases, $"{stage.Stage}/");
        Slash(report.Leases, "");

        return new Settlement { Captured = captured, Credits = credits.ToImmutable(), Leases = report.Leases, DecidedAt = now };

        void Reward(ImmutableArray<RunPayment> payments, string stage)
        {
            foreach (var payment in payments) Add($"{requestId}/reward/{stage}{payment.ProverId}", payment.Account, payment.Amount, CreditKind.Reward);
        }

        void Slash(ImmutableArray<LeaseEnding> leases, string stage)
        {
            foreach (var lease in leases.Where(lease => lease.Outcome == LeaseOutcome.Miss)) Split(lease, $"{stage}{lease.ProverId}");
        }

        void Split(LeaseEnding lease, string id)
        {
            if (!report.Succeeded && lease is { IsDisputed: true, Account.Length: > 0 })
            {
                Add($"{requestId}/returned/{id}", lease.Account, lease.Slashed, CreditKind.Returned);
                return;
            }
            // Whoever asked may have handed out an input that nobody can prove, and proved another itself: nobody gains by a claim, also when it turns out false. Of a batch somebody
            // may have delivered a part and cheated with another: nobody is paid for his own rescue, also not by another prover of his.
            var isShared = report.Succeeded && !lease.IsDisputed;
            var rescuer = isShared ? report.Payments.FirstOrDefault(payment => Rescues(payment.ProverId, payment.Account, lease.ProverId, lease.Account))?.Account : null;
            var compensation = isShared ? lease.Slashed.Scale(split.RequesterPercent, 100) : Credits.Zero;
            var rescue = rescuer is null ? Credits.Zero : RescueOf(lease.Slashed, split);
            Add($"{requestId}/compensation/{id}", requesterAccount, compensation, CreditKind.Compensation);
            if (rescuer is not null) Add($"{requestId}/rescue/{id}", rescuer, rescue, CreditKind.Rescue);
            Add($"{requestId}/treasury/{id}", TreasuryAccount, lease.Slashed - compensation - rescue, CreditKind.Treasury);
        }

        void Add(string entryId, string account, Credits amount, CreditKind kind)
        {
            if (amount > Credits.Zero) credits.Add(new SettlementCredit { EntryId = entryId, Account = account, Amount = amount, Kind = kind });
        }
    }

    /// <summary>Whether what a prover delivers can rescue a request from another that was slashed for it: it is another prover, of another account. Of an account that is not known, empty, every
    /// other prover counts.</summary>
    public static bool Rescues(string proverId, string account, string slashedProver, string slashedAccount) => proverId != slashedProver && account != slashedAccount;

    /// <summary>What is shared of bonds when the request is proved: what provers lose, but not what it costs to say that nobody can prove it.</summary>
    public static ImmutableArray<LostBond> SharedOf(IEnumerable<LeaseEnding> leases) =>
    [
        .. leases.Where(lease => IsSlashed(lease) && !lease.IsDisputed)
            .Select(lease => new LostBond { ProverId = lease.ProverId, Account = lease.Account, Amount = lease.Slashed }),
    ];

    /// <summary>The rescuer's share of what was lost of a bond, rounded down.</summary>
    public static Credits RescueOf(Credits lost, SlashSplit split) => lost.Scale(split.RescuerPercent, 100);

    /// <summary>Whether the settlement of a report follows from the report and the stages before alone, whenever it is computed: the run was won and nothing is
    /// slashed. Then it is decided at the run's end (<see cref="RunReport.EndedAt"/>), and needs no record of its own. Otherwise it also depends on the split of that day, and
    /// on whether another stage follows.</summary>
    public static bool FollowsFrom(RunReport report, ImmutableArray<EndedStage> earlier) =>
        report.Succeeded && !report.Leases.Any(IsSlashed) && !earlier.Any(stage => stage.Leases.Any(IsSlashed));

    private static bool IsSlashed(LeaseEnding lease) => lease.Slashed > Credits.Zero;

    private static Credits Paid(RunReport report) => report.Payments.Aggregate(Credits.Zero, (sum, payment) => sum + payment.Amount);

    private static void Require(SlashSplit split)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(split.RequesterPercent, nameof(split));
        ArgumentOutOfRangeException.ThrowIfNegative(split.RescuerPercent, nameof(split));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)split.RequesterPercent + split.RescuerPercent, 100, nameof(split));
    }

    private static string? Violation(RunReport report, Credits held)
    {
        var paid = new HashSet<string>(StringComparer.Ordinal);
        foreach (var payment in report.Payments)
        {
            if (payment.Amount < Credits.Zero) return $"pays prover {payment.ProverId} less than nothing, {payment.Amount}";
            if (string.IsNullOrEmpty(payment.Account)) return $"pays prover {payment.ProverId} on no account";
            if (!paid.Add(payment.ProverId)) return $"pays prover {payment.ProverId} twice";
        }
        var ended = new HashSet<string>(StringComparer.Ordinal);
        foreach (var lease in report.Leases)
        {
            if (lease.Bond < Credits.Zero) return $"has a negative bond {lease.Bond} of prover {lease.ProverId}";
            if (lease.Penalty is { } penalty && (penalty < Credits.Zero || penalty > lease.Bond))
                return $"slashes {penalty} of the bond {lease.Bond} of prover {lease.ProverId}";
            if (!ended.Add(lease.ProverId)) return $"ends the lease of prover {lease.ProverId} twice";
        }
        return Paid(report) > held ? $"has payments {Paid(report)} that exceed the hold {held}" : null;
    }
}
