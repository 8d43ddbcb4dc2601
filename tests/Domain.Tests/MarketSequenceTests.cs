using System.Collections.Immutable;
using FsCheck.Fluent;
using ProvingMarket.Domain.Tests.Accounts;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Tests;

/// <summary>All rules together on one request: provers, strangers, crashes, restarts, lost answers and late repetitions in any order. Whatever
/// happens, no credit appears or disappears, and nothing stays locked.</summary>
public sealed class MarketSequenceTests
{
    private static readonly string[] Provers = ["p1", "p2", "p3"];

    private static readonly FsCheck.Gen<Step> Steps = Gen.Frequency(
        (4, from id in Gen.Elements(Provers) from session in Sessions()
            select new Step($"{id} connects as {session}", market => market.Connect(id, session))),
        (8, from id in Gen.Elements(Provers) from session in Sessions()
            from fate in Gen.Frequency((3, Gen.Constant(Fate.Arrives)), (1, Gen.Constant(Fate.AnswerLost)), (1, Gen.Constant(Fate.Lost)))
            select new Step($"{id} joins as {session}, the reservation: {fate}", market => market.Join(id, session, fate))),
        (5, from id in Gen.Elements(Provers) from session in Sessions() from valid in Gen.Elements(true, false, false, false)
            select new Step($"{id} submits as {session}, valid: {valid}", market => market.Submit(id, session, valid))),
        (2, from id in Gen.Elements(Provers) from session in Sessions() from told in Property.Coin
            select new Step($"{id} declines as {session}, the registry is told: {told}", market => market.Decline(id, session, told))),
        (3, from index in Gen.Choose(0, 20) select new Step($"reservation {index} arrives again", market => market.Redeliver(index))),
        (1, Gen.Constant(new Step("the run crashes", market => market.CrashRun()))),
        (1, Gen.Constant(new Step("the registry restarts", market => market.RestartRegistry()))),
        (1, from cancel in Property.Coin select new Step($"the run is concluded, cancelled: {cancel}", market => market.Conclude(cancel))),
        (3, from seconds in Gen.Choose(1, 80) select new Step($"{seconds} s pass", market => market.Wait(seconds))));

    [Fact]
    public void Money_is_constant_and_nothing_stays_locked() => Property.Holds(Property.Sequences(Steps, longest: 40), steps =>
    {
        var market = new Market();
        var total = market.Total;
        foreach (var step in steps)
        {
            step.Do(market);
            Assert.Equal(total, market.Total);
            Assert.Null(RegistryRules.Violation(market.Registry));
        }
        market.End();
        Assert.Equal(total, market.Total);
        Assert.Equal(Credits.Zero, market.Held);
        Assert.All(market.Registry.Provers.Values, prover => Assert.True(prover.Leases.IsEmpty, $"{prover.Offer.ProverId} still has a lease"));
    }, times: 1000);

    private static FsCheck.Gen<string> Sessions() => Gen.Frequency((3, Gen.Constant("s1")), (1, Gen.Constant("s2")));

    private enum Fate
    {
        Arrives,
        AnswerLost,
        Lost,
    }

    private sealed record Step(string Text, Action<Market> Do)
    {
        public override string ToString() => Text;
    }

    private sealed class Market
    {
        private static readonly SlashSplit Split = new() { RequesterPercent = 33, RescuerPercent = 33 };

        private readonly Dictionary<string, Book> _accounts = [];
        private readonly Dictionary<string, ProverPresence> _presences = [];
        private readonly List<ReserveCommand> _sent = [];
        private RaceState _durable = RaceRules.Start(Samples.Order(("bond", "1.000001"), ("participants", "2")), Samples.Now).State!;
        private RaceState _race;
        private DateTimeOffset _now = Samples.Now;

        public Market()
        {
            _race = _durable;
            Change("bot", account => Book.Credit(account, "in", Credits.Whole(12), "outside", _now));
            Change("bot", account => Book.Hold(account, "request-1", Samples.Price, _now));
            foreach (var prover in Provers)
            {
                Registry = RegistryRules.Register(Registry, Samples.Offer(prover) with { Slots = 1 }).State;
                Registry = RegistryRules.AddStake(Registry, prover, "in", new Credits(1_500_000), [], Samples.Now).State;
            }
        }

        public RegistryState Registry { get; private set; } = RegistryState.Empty;

        public Credits Held => Sum(_accounts.Values.Select(account => account.Held));

        public Credits Total => Held + Sum(_accounts.Values.Select(account => account.Available)) + Sum(Registry.Provers.Values.Select(prover => prover.Stake));

        public void Wait(int seconds) => _now = _now.AddSeconds(seconds);

        public void Connect(string prover, string session) => _presences[prover] = Samples.Present(session);

        public void RestartRegistry() => _presences.Clear();

        public void CrashRun() => _race = _durable;

        public void Join(string prover, string session, Fate fate)
        {
            if (RaceRules.CheckJoin(_race, prover, _now) is not null) return;
            var isFirst = RunRules.IsFirstAttempt(_race.Run, prover);
            _durable = _race = _race.With(RunRules.Joining(_race.Run, prover, session));
            Ask(prover, session, isFirst, fate);
        }

        public void Submit(string prover, string session, bool isValid)
        {
            if (_race.Report is null && _race.Participants.GetValueOrDefault(prover) is { } known
                && (known.Status == ParticipantStatus.Joining || (known.Status == ParticipantStatus.Proving && known.Session != session)))
                Ask(prover, session, isFirst: false, Fate.Arrives);
            if (RunRules.CheckSubmission(_race.Run, prover, session, Bytes.Empty, Bytes.Empty, _now) is not null) return;
            _durable = _race = isValid
                ? _race.With(RaceRules.Verified(_race.Run, _race.Parameters.Prize, new AcceptedProof { ProverId = prover, Proof = Bytes.Empty, ReceivedAt = _now, VerifiedAt = _now }))
                : _race.With(RunRules.Disqualified(_race.Run, prover, ReasonCode.ProofInvalid, "", _now));
        }

        public void Decline(string prover, string session, bool reachesRegistry)
        {
            var declined = RunRules.Declined(_race.Run, prover, session, ReasonCode.ProvingFailed, _now);
            if (ReferenceEquals(declined, _race.Run)) return;
            _durable = _race = _race.With(declined);
            if (reachesRegistry && declined.Participants.ContainsKey(prover)) EndLease(Ending(prover, LeaseOutcome.Decline));
        }

        public void Conclude(bool cancel) =>
            _durable = _race = _race.With(RunRules.Concluded(_race.Run, cancel ? ReasonCode.CancelledByRequester : ReasonCode.None, _now));

        public void Redeliver(int index)
        {
            if (_sent.Count > 0) Deliver(_sent[index % _sent.Count]);
        }

        /// <summary>The race ends at the latest at its deadline and is settled, every step twice, with the other messages arriving once more.</summary>
        public void End()
        {
            CrashRun();
            if (_race.Report is null)
            {
                _now = _now > Samples.Hard ? _now : Samples.Hard;
                Conclude(cancel: false);
            }
            var before = Registry;
            var settlement = SettlementRules.Of("request-1", "bot", Samples.Price, _race.Report!, Split, _now);
            for (var time = 0; time < 2; time++)
            {
                foreach (var lease in settlement.Leases) EndLease(lease);
                foreach (var command in _sent) Deliver(command);
                Change("bot", account => Book.Capture(account, "request-1", settlement.Captured, _now));
                foreach (var credit in settlement.Credits)
                    Change(credit.Account, account => Book.Credit(account, credit.EntryId, credit.Amount, "request-1", _now));
            }
            var slashed = Sum(Provers.Select(prover => before.Provers[prover].Stake - Registry.Provers[prover].Stake));
            Assert.Equal(slashed, Sum(settlement.Leases.Where(lease => lease.Outcome == LeaseOutcome.Miss).Select(lease => lease.Bond)));
        }

        private void Ask(string prover, string session, bool isFirst, Fate fate)
        {
            var command = new ReserveCommand
            {
                ProverId = prover,
                Session = session,
                LeaseId = $"request-1/0/{prover}",
                ProgramId = Samples.ProgramId,
                Bond = _race.Parameters.Bond,
                Deadline = Samples.Hard,
                Constraints = _race.Order.Constraints,
                Work = _race.Order.Program.Work,
            };
            _sent.Add(command);
            var refusal = fate == Fate.Lost ? null : Deliver(command);
            if (fate != Fate.Arrives) CrashRun();
            else if (refusal is null) _race = _race.With(RunRules.Joined(_race.Run, prover, session, $"{prover}-account", _now));
            else _race = _race.With(RunRules.JoinRefused(_race.Run, prover, refusal, isFirst));
        }

        private Refusal? Deliver(ReserveCommand command)
        {
            (Registry, _, var refusal) = RegistryRules.Reserve(Registry, command, _presences.GetValueOrDefault(command.ProverId), _now);
            return refusal;
        }

        private void EndLease(LeaseEnding ending) => Registry = RegistryRules.EndLease(Registry, $"request-1/0/{ending.ProverId}", ending, _now).State;

        private LeaseEnding Ending(string prover, LeaseOutcome outcome) => new()
        {
            ProverId = prover, Outcome = outcome, Reason = ReasonCode.ProvingFailed, Bond = _race.Parameters.Bond, Deadline = Samples.Hard,
        };

        private void Change(string id, Func<Book, (Book State, Refusal? Refusal)> change)
        {
            var (state, refusal) = change(_accounts.GetValueOrDefault(id, Book.Empty));
            Assert.Null(refusal);
            _accounts[id] = state;
        }

        private static Credits Sum(IEnumerable<Credits> amounts) => amounts.Aggregate(Credits.Zero, (sum, amount) => sum + amount);
    }
}
