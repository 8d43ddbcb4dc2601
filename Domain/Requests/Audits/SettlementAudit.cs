using System.Collections.Immutable;
using System.Globalization;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Requests.Audits;

/// <summary>Compares a request's settlement with its transcripts, which follow by themselves: it captures and pays what the last one says, and takes from
/// bonds what all of them say.</summary>
internal static class SettlementAudit
{
    /// <summary>What does not follow.</summary>
    public static IEnumerable<string> Check(RequestEvidence evidence)
    {
        if (evidence.Phase == RequestPhase.Rejected)
            return evidence is { Stages.IsEmpty: true, Settlement: null } ? [] : ["the request was rejected, and went on"];
        if (evidence.Settlement is not { } settlement) return [$"the request is {evidence.Phase}, and nothing is settled yet"];
        return evidence.Stages.IsEmpty ? ["the request is settled, and no stage of it was begun"] : Compare(evidence, settlement);
    }

    private static IEnumerable<string> Compare(RequestEvidence evidence, Settlement settlement)
    {
        var last = evidence.Stages[^1];
        if (last.Order is not null && last.Transcript[^1].Value != evidence.Outcome.ToString())
            yield return $"the request ends as {evidence.Outcome}, expected {last.Transcript[^1].Value} as its last run does";
        // Of a batch every stage pays for the statements it has proved.
        foreach (var stage in evidence.Stages[..^1].Where(stage => stage.Order is not { IsBatch: true } && stage.Transcript.Any(entry => entry.Kind == TranscriptKind.Paid)))
            yield return $"stage {stage.Stage} pays somebody, and the request went on to the next";

        var expected = Expected(evidence).ToList();
        var captured = expected.Where(credit => credit.Kind == CreditKind.Reward).Aggregate(Credits.Zero, (sum, credit) => sum + credit.Amount);
        if (settlement.Captured != captured) yield return $"the request pays {settlement.Captured} credits out of its hold, expected {captured}";

        // How a slashed bond is shared is the market's setting: only who may have a share, and that it is all of it, follows from transcripts.
        foreach (var owed in expected)
        {
            var paid = settlement.Credits.Where(credit => IsFor(credit, owed, evidence)).Aggregate(Credits.Zero, (sum, credit) => sum + credit.Amount);
            if (paid != owed.Amount) yield return $"{owed.What} is {paid} credits in the settlement, expected {owed.Amount}";
        }
        foreach (var credit in settlement.Credits.Where(credit => !expected.Exists(owed => IsFor(credit, owed, evidence))))
            yield return $"{credit.Amount} credits of {credit.Kind} to {credit.Account} ({credit.EntryId}) follow from no transcript";
    }

    private static IEnumerable<Owed> Expected(RequestEvidence evidence)
    {
        var isProved = evidence.Stages[^1].Transcript is [.., { Value: nameof(ReasonCode.Won) }];
        var rescuers = RunMoney.Of(evidence.Stages[^1].Transcript).Paid;
        for (var i = 0; i < evidence.Stages.Length; i++)
        {
            var stage = evidence.Stages[i];
            var money = RunMoney.Of(stage.Transcript);
            var infix = i == evidence.Stages.Length - 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"{stage.Stage}/");
            foreach (var (prover, account, amount) in money.Paid)
                yield return new Owed(CreditKind.Reward, $"{infix}{prover}", [account], amount, $"the reward of {prover} to {account}");
            foreach (var (prover, slashed) in money.Slashed)
            {
                var isReturned = !isProved && slashed is { IsDisputed: true, Account.Length: > 0 };
                var rescued = rescuers.Where(paid => SettlementRules.Rescues(paid.ProverId, paid.Account, prover, slashed.Account)).Select(paid => paid.Account);
                // Transcripts of before the account was entered with a bid do not have it of whoever never had the work: then any other that is paid may be of another.
                var accounts = isReturned ? [slashed.Account] : slashed.Account.Length > 0 ? rescued.Take(1) : rescued;
                yield return new Owed(
                    isReturned ? CreditKind.Returned : CreditKind.Treasury, $"{infix}{prover}", [.. accounts], slashed.Amount, $"what {prover} loses of its bond in stage {stage.Stage}",
                    IsShared: isProved && !slashed.IsDisputed);
            }
        }
    }

    private static bool IsFor(SettlementCredit credit, Owed owed, RequestEvidence evidence) => (owed.Kind, credit.Kind) switch
    {
        (CreditKind.Reward, CreditKind.Reward) => credit.EntryId == $"{evidence.RequestId}/reward/{owed.Id}" && owed.Accounts.Contains(credit.Account),
        (CreditKind.Returned, CreditKind.Returned) => credit.EntryId == $"{evidence.RequestId}/returned/{owed.Id}" && owed.Accounts.Contains(credit.Account),
        (CreditKind.Treasury, CreditKind.Treasury) => credit.EntryId == $"{evidence.RequestId}/treasury/{owed.Id}" && credit.Account == SettlementRules.TreasuryAccount,
        // Of a request that was not proved, and of what was lost by a claim that turned out false, nobody else has a share.
        (CreditKind.Treasury, CreditKind.Compensation) => owed.IsShared
            && credit.EntryId == $"{evidence.RequestId}/compensation/{owed.Id}" && credit.Account == evidence.Account,
        (CreditKind.Treasury, CreditKind.Rescue) => owed.IsShared
            && credit.EntryId == $"{evidence.RequestId}/rescue/{owed.Id}" && owed.Accounts.Contains(credit.Account),
        _ => false,
    };

    /// <summary>A reward, what is returned to a prover, or a slashed bond with the account that a rescuer's share goes to: one of those, if any.</summary>
    private sealed record Owed(CreditKind Kind, string Id, ImmutableArray<string> Accounts, Credits Amount, string What, bool IsShared = false);
}
