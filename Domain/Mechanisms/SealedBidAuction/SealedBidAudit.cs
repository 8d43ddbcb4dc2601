using System.Collections.Immutable;
using System.Globalization;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Mechanisms.SealedBidAuction;

/// <summary>Computes the outcome of a sealed-bid auction again.</summary>
public static class SealedBidAudit
{
    /// <summary>The first entry of the transcript that does not follow from the order and the entries before; null when all do: every revealed bid
    /// opens its seal, the ranking and the payments are those of the bids, awards go down the ranking and pass nobody who has not left, to whom the time is left that its bid asked for, leaving
    /// costs what it does, and the winner is paid what it was awarded.</summary>
    public static AuditFinding? Check(RunOrder order, ImmutableArray<TranscriptEntry> transcript)
    {
        if (RunAudit.CheckChain(order, transcript) is { } broken) return broken;
        var startedAt = transcript[0].At;
        var (parameters, refusal) = SealedBidParameters.Read(order.Mechanism.Parameters, order.MaxPrice, order.Constraints, order.HardDeadline - startedAt);
        if (parameters is null) return new AuditFinding(0, $"the run was opened although its parameters are refused: {refusal}");

        var replay = new Replay(order, parameters, startedAt);
        for (var i = 1; i < transcript.Length; i++)
        {
            if (replay.Follow(transcript[i]) is { } wrong) return new AuditFinding(i, wrong);
        }
        return RunAudit.Check(order, transcript, (place, _) => place == 1 ? replay.Awarded : Credits.Zero);
    }

    private sealed class Replay(RunOrder order, SealedBidParameters parameters, DateTimeOffset startedAt)
    {
        private readonly string _auction = string.Create(CultureInfo.InvariantCulture, $"{order.RequestId}/{order.Stage}");
        private readonly Dictionary<string, int> _failures = new(StringComparer.Ordinal);
        private readonly Dictionary<string, string> _accounts = new(StringComparer.Ordinal);
        private readonly PenaltyAudit _penalties = new();
        private readonly HashSet<string> _left = new(StringComparer.Ordinal);
        private (string ProverId, DateTimeOffset At, DateTimeOffset Deadline)? _award;
        private SealedBidBook _book = SealedBidRules.Open(string.Create(CultureInfo.InvariantCulture, $"{order.RequestId}/{order.Stage}"), startedAt, order.HardDeadline);
        private int _place = -1;
        private string? _resumed;

        public Credits Awarded { get; private set; }

        public string? Follow(TranscriptEntry entry) => _penalties.Follow(entry) ?? Apply(entry);

        private string? Apply(TranscriptEntry entry) => entry.Kind switch
        {
            TranscriptKind.Committed => Commit(entry),
            TranscriptKind.Revealed => Reveal(entry),
            TranscriptKind.Returned => Withdraw(entry),
            TranscriptKind.PhaseEnded => EndPhase(entry),
            TranscriptKind.Drawn => string.Join(' ', _book.Decision?.Ranking.Select(bid => bid.ProverId) ?? []) is var ranking && ranking == entry.Value
                ? null
                : $"the ranking is {entry.Value}, and the bids give {ranking}",
            TranscriptKind.Awarded => Award(entry),
            TranscriptKind.Leased => Lease(entry),
            TranscriptKind.Resumed => Resume(entry),
            TranscriptKind.Missed => Miss(entry),
            TranscriptKind.ProofRefused => Lose(),
            _ => null,
        };

        private string? Commit(TranscriptEntry entry)
        {
            var parts = entry.Value.Split(' ');
            if (parts.Length is < 2 or > 3 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var failure) || failure > BidScore.Certain)
                return "the entry has no seal, probability of failing and account";
            if (parts is [_, _, var account])
            {
                if (Ids.Check("account", account) is not null) return "the account of the bid is none";
                _accounts[entry.ProverId!] = account;
            }
            if (SealedBidRules.CheckCommit(_book, parameters, entry.ProverId!, parts[0], entry.At) is { } refusal) return $"a bid was taken that is refused: {refusal}";
            _book = SealedBidRules.Commit(_book, entry.ProverId!, parts[0], entry.At);
            _failures[entry.ProverId!] = failure;
            return null;
        }

        private string? Reveal(TranscriptEntry entry)
        {
            var parts = entry.Value.Split(' ');
            if (parts.Length != 3 || !long.TryParse(parts[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var price)
                || !long.TryParse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var eta)
                || parts[2].Length != 2 * SealedBid.NonceBytes || !parts[2].All(char.IsAsciiHexDigitLower))
                return "the entry has no price, ETA and nonce";
            var bid = new SealedBid
            {
                Auction = _auction, ProverId = entry.ProverId!, Price = new Credits(price), Eta = TimeSpan.FromTicks(eta), Nonce = Bytes.CopyOf(Convert.FromHexString(parts[2])),
            };
            if (SealedBidRules.CheckReveal(_book, parameters, bid.ProverId, bid, entry.At) is { } refusal) return $"a bid was revealed that is refused: {refusal}";
            _book = SealedBidRules.Reveal(_book, parameters, bid, _failures[bid.ProverId]);
            return null;
        }

        /// <summary>Leaving a seal costs what not revealing costs, leaving the award at least that, and leaving a place in the ranking nothing.</summary>
        private Credits PenaltyOf(TranscriptEntry entry)
        {
            var prover = entry.ProverId!;
            var least = SealedBidRules.NonRevealPenalty(parameters);
            if (_award is { } award && award.ProverId == prover)
            {
                var late = ReturnPenalty.At(parameters.Bond, award.At, award.Deadline, entry.At);
                return late > least ? late : least;
            }
            var seals = _book.Decision is { } decision ? decision.NotRevealed.Contains(prover) : _book.Commitments.ContainsKey(prover);
            return seals ? least : Credits.Zero;
        }

        private string? Withdraw(TranscriptEntry entry)
        {
            if (_resumed == entry.ProverId && _book.Decision!.Ranking[_place + 1].Eta <= order.HardDeadline - entry.At)
                return $"{entry.ProverId} is let go although the time that is left is what its bid asked for";
            _left.Add(entry.ProverId!);
            _penalties.Expect(entry.ProverId!, PenaltyOf(entry));
            _book = SealedBidRules.Withdraw(_book, entry.ProverId!);
            return null;
        }

        private string? EndPhase(TranscriptEntry entry)
        {
            if (entry.Value != _book.Phase.ToString()) return $"phase {entry.Value} ends in phase {_book.Phase}";
            if (_book.Phase == SealedBidPhase.Reveal && !SealedBidRules.IsRevealOver(_book, parameters, entry.At)) return "the auction was decided before all bids were revealed";
            _book = _book.Phase switch
            {
                SealedBidPhase.Bidding => SealedBidRules.CloseBidding(_book, parameters, entry.At),
                SealedBidPhase.Reveal => SealedBidRules.Decide(_book, parameters, SealedBidRanking.Seed(_book), entry.At),
                _ => SealedBidRules.Open(_auction, entry.At, order.HardDeadline),
            };
            (_place, _award, _resumed) = (-1, null, null);
            return null;
        }

        /// <summary>The time for the reveal begins anew, or that of the award in force: its prover is the next in the ranking again.</summary>
        private string? Resume(TranscriptEntry entry)
        {
            if (_book.Phase == SealedBidPhase.Bidding || entry.Value != _book.Phase.ToString()) return $"phase {entry.Value} begins anew in phase {_book.Phase}";
            if (_book.Phase == SealedBidPhase.Reveal)
            {
                _book = SealedBidRules.ResumeReveal(_book, entry.At);
                return null;
            }
            if (_award is not { } award || award.ProverId != entry.ProverId) return $"{entry.ProverId} has no award that could begin anew";
            (_place, _award, _resumed) = (_place - 1, null, award.ProverId);
            return null;
        }

        /// <summary>Whose bid it was is who has the work: what a bidder loses is not shared with another prover of its own.</summary>
        private string? Lease(TranscriptEntry entry)
        {
            if (!_accounts.TryGetValue(entry.ProverId!, out var account) || entry.Value.EndsWith($" {account}", StringComparison.Ordinal)) return null;
            return $"{entry.ProverId} bid on account {account}, and has its lease as {entry.Value}";
        }

        private string? Miss(TranscriptEntry entry)
        {
            if (_award is not { } award || award.ProverId != entry.ProverId) return $"{entry.ProverId} missed an award that it did not have";
            return entry.At > award.Deadline ? Lose() : $"{entry.ProverId} missed its award before its deadline, {award.Deadline:O}";
        }

        private string? Lose()
        {
            _award = null;
            return null;
        }

        private string? Award(TranscriptEntry entry)
        {
            var ranking = _book.Decision?.Ranking ?? [];
            var place = -1;
            for (var i = _place + 1; i < ranking.Length && place < 0; i++)
            {
                if (ranking[i].ProverId == entry.ProverId) place = i;
            }
            if (place < 0) return $"{entry.ProverId} is not next in the ranking";
            for (var i = _place + 1; i < place; i++)
            {
                if (!_left.Contains(ranking[i].ProverId)) return $"{ranking[i].ProverId} is before {entry.ProverId} in the ranking and has not left";
            }
            if (ranking[place].Eta > order.HardDeadline - entry.At) return $"{entry.ProverId} is awarded less time than its ETA";
            _place = place;
            Awarded = ranking[place].Payment;
            var deadline = SealedBidRanking.DeliverBy(parameters, ranking[place].Eta, entry.At, order.HardDeadline);
            (_award, _resumed) = ((entry.ProverId!, entry.At, deadline), null);
            var expected = string.Create(CultureInfo.InvariantCulture, $"{Awarded.Micro} {deadline.UtcTicks}");
            return entry.Value == expected ? null : $"the award is {entry.Value}, and the bids give {expected}";
        }
    }
}
