using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Cooperative;
using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Tests.Mechanisms.Cooperative;

/// <summary>A committee's run as its grain would drive it, without registry and network.</summary>
internal sealed class Game
{
    public Game(int statements, int faults, params (string Name, string Value)[] parameters)
    {
        (string Name, string Value)[] all = [("faults", $"{faults}"), .. parameters];
        var order = Samples.Order(all);
        Order = order with
        {
            Mechanism = order.Mechanism with { Name = CooperativeParameters.MechanismName },
            PublicInputs = Bytes.Empty,
            Statements = [.. Enumerable.Range(0, statements).Select(n => new RunStatement { Statement = n, PublicInputs = Bytes.Utf8($"[\"{n}\"]") })],
        };
        State = Started();
    }

    public RunOrder Order { get; init; }

    public CooperativeState State { get; set; }

    public DateTimeOffset Now { get; set; } = Samples.Now;

    public RunState Run => State.Run;

    public CooperativeState Started() => CooperativeRules.Start(Order, Beacon(), Samples.Now).State!;

    /// <summary>Draws from so many provers of equal stake, and calls the committee.</summary>
    public Game Draw(IEnumerable<string> provers, CommitteeRecord? last = null)
    {
        if (State.Election.Beacon is null)
        {
            var (run, election) = ElectionRules.Committed(State.Run, State.Election, Beacon(), Now);
            State = State.With(run, election);
        }
        ElectionCandidate[] eligible = [.. provers.Select(prover => new ElectionCandidate { ProverId = prover, Stake = Credits.Whole(10), ReputationPpm = 500_000 })];
        var candidates = ElectionRules.Drawable(Run, eligible, Now, TimeSpan.FromSeconds(1));
        State = CooperativeRules.Called(CooperativeRules.Drawn(State, last, candidates, Now), Now);
        return this;
    }

    /// <summary>The registry grants the leases of all who were called.</summary>
    public Game Offer()
    {
        foreach (var called in ElectionRules.ToReserve(Run, Now))
            State = State.With(RunRules.Offered(Run, called.ProverId, "s1", $"{called.ProverId}-account", Now.AddSeconds(5), Now));
        return this;
    }

    public Game Join(string prover)
    {
        State = State.With(RunRules.Joined(Run, prover, "s1", $"{prover}-account", Now));
        return this;
    }

    public Game JoinAll()
    {
        Offer();
        foreach (var offered in Run.Participants.Values.Where(member => member.Status == ParticipantStatus.Offered).Select(member => member.ProverId)) Join(offered);
        return this;
    }

    public Game Deliver(string prover, int statement)
    {
        State = CooperativeRules.Delivered(State, statement, ProofOf(prover, statement));
        return this;
    }

    public Game Cheat(string prover)
    {
        State = State.With(RunRules.Disqualified(Run, prover, ReasonCode.ProofInvalid, "wrong", Now));
        return this;
    }

    public Game Conclude(ReasonCode cause = ReasonCode.None)
    {
        if (cause == ReasonCode.None) Now = Samples.Hard > Now ? Samples.Hard : Now;
        State = CooperativeEnd.Concluded(State, cause, Now);
        return this;
    }

    /// <summary>Members at work, in the order of their seats.</summary>
    public ImmutableArray<string> Members => [.. State.Seats.Select(seat => seat.Members is [.., var last] ? last : "nobody")];

    public AcceptedProof ProofOf(string prover, int statement) => new()
    {
        ProverId = prover, Proof = Bytes.Utf8($"proof of {statement} by {prover}"), ReceivedAt = Now, VerifiedAt = Now,
    };

    public static IEnumerable<string> Provers(int count) => Enumerable.Range(1, count).Select(n => $"p{n:00}");

    private static Beacon Beacon() => new() { Source = "test", Value = Bytes.Utf8("randomness") };
}
