using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Accounts;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Domain.Provers;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Accounts;
using ProvingMarket.Grains.Programs;
using ProvingMarket.Grains.Registry;
using ProvingMarket.Grains.Requests;
using ProvingMarket.Simulation.Invariants;
using ProvingMarket.Simulation.Proving;

namespace ProvingMarket.Simulation.Tests.Invariants;

/// <summary>Writes records in the order a test says, and notes what the invariants say of it.</summary>
internal sealed class Ledger
{
    private readonly InvariantSet _invariants;
    private readonly Dictionary<string, ProverRecord> _provers = [];
    private long _page;

    public Ledger(Conduct? conduct = null) => _invariants = new InvariantSet((name, expected, found) => Reports.Add((name, expected, found)), conduct: conduct);

    /// <summary>What was reported.</summary>
    public List<(string Invariant, string Expected, string Found)> Reports { get; } = [];

    /// <summary>The names of what was reported, in order.</summary>
    public string Broken => string.Join(' ', Reports.Select(report => report.Invariant).Distinct());

    public DateTimeOffset Now { get; set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public DateTimeOffset Hard { get; } = new(2030, 1, 1, 0, 1, 0, TimeSpan.Zero);

    public ProgramDefinition Program { get; } = SyntheticProofSystem.Program("sum", 1, new WorkUnits(1_000));

    public string ProgramId => ProgramRules.IdOf(Program);

    public Bytes ValidProof => Bytes.CopyOf(SyntheticProofSystem.Prove(Program.VerificationKey.Span, "7"u8, 0));

    public AccountState Account(string id) => _invariants.Records.Accounts.GetValueOrDefault(id, AccountState.Empty);

    public LedgerEntry Entry(string account, string entryId) => _invariants.Records.FindEntry(account, entryId)!;

    public void Write(string key, object state) => _invariants.Written(key, state, Now);

    public void Delete(string key, object state) => _invariants.Deleted(key, state, Now);

    public void Tell(Observation observation) => _invariants.Observed(observation, Now);

    public void Step(DateTimeOffset? disturbedAt = null) => _invariants.Stepped(Now, disturbedAt ?? DateTimeOffset.MinValue);

    public void Rest() => _invariants.AtRest(Now);

    public void Deposit(string account, long amount, string entry = "d") =>
        Move(account, AccountRules.Deposit(Account(account), $"external/{entry}", new Credits(amount), Now));

    public void Hold(string account, string request, long amount) =>
        Move(account, AccountRules.Hold(Account(account), _ => null, request, new Credits(amount), Now));

    public void Capture(string account, string request, long amount) =>
        Move(account, AccountRules.Capture(Account(account), _ => null, request, new Credits(amount), Now));

    public void Credit(string account, string entry, long amount) =>
        Move(account, AccountRules.Credit(Account(account), _ => null, $"credit/{entry}", new Credits(amount), "request", Now));

    public void Debit(string account, string entry, long amount) =>
        Move(account, AccountRules.Debit(Account(account), _ => null, $"debit/{entry}", new Credits(amount), "stake", Now));

    private void Move(string account, AccountDecision decision) =>
        Write($"{account}/{++_page}", new AccountPage { Number = _page, Entries = [decision.Entry!] });

    /// <summary>A prover with stake that came from its account, of the same name.</summary>
    public void Prover(string id, long stake, int slots = 1)
    {
        Deposit(id, stake, $"{id}-funds");
        Debit(id, $"stake/{id}/s/1", stake);
        Prover(new ProverRecord
        {
            Offer = new ProverOffer { ProverId = id, Account = id, Programs = [ProgramId], Slots = slots, MilliUnitsPerSecond = 1 },
            Stake = new Credits(stake),
            StakeEntries = ImmutableDictionary<string, StakeEntry>.Empty.Add($"stake/{id}/s", new StakeEntry { Amount = new Credits(stake), At = default }),
        });
    }

    public ProverRecord Prover(string id) => _provers[id];

    public void Prover(ProverRecord record)
    {
        _provers[record.Offer.ProverId] = record;
        Write("0/1", new RegistryPage { Number = ++_page, Entries = [record] });
    }

    public void Lease(string prover, string run, long bond)
    {
        var lease = new Lease { LeaseId = $"{run}/{prover}", ProgramId = ProgramId, Bond = new Credits(bond), GrantedAt = Now, Deadline = Hard };
        var record = Prover(prover);
        Prover(record with { Leases = record.Leases.Add(lease.LeaseId, lease) });
    }

    public void EndLease(string prover, string run, bool slash)
    {
        var record = Prover(prover);
        var lease = record.Leases[$"{run}/{prover}"];
        var slashed = slash ? lease.Bond : Credits.Zero;
        Prover(record with { Leases = record.Leases.Remove(lease.LeaseId), Stake = record.Stake - slashed, Slashed = record.Slashed + slashed });
    }

    /// <summary>A program and a request of ten credits for it, with its money held; with a state of its own unless that is left to follow from these.</summary>
    public ProofRequestSpec Request(string id = "r", string account = "alice", bool isStateWritten = true, Bytes? input = null)
    {
        Write(ProgramId, new ProgramState { Definition = Program, PublicInputs = 1 });
        if (Account(account) == AccountState.Empty) Deposit(account, 100, $"{account}-funds");
        var spec = new ProofRequestSpec
        {
            RequestId = id,
            Account = account,
            ProgramId = ProgramId,
            PublicInputs = Bytes.Utf8("7"),
            Input = input ?? Bytes.Utf8("7"),
            MaxPrice = new Credits(10),
            SoftDeadline = Hard,
            HardDeadline = Hard,
        };
        Write(id, new StoredRequest { Spec = spec, Digest = RequestRules.DigestOf(spec), Program = Summary, Plan = Plan, SubmittedAt = Now });
        Hold(account, id, 10);
        if (isStateWritten) Write(id, RequestLifecycle.Opened(RequestRules.DigestOf(spec), Now, Plan, spec.MaxPrice, Hard, Now));
        return spec;
    }

    /// <summary>Where a request stands by all that is durable.</summary>
    public RequestState Standing(string id) => _invariants.Records.StandingOf(id)!;

    public RequestState State(string id) => _invariants.Records.Requests[id];

    public RaceState Race(string run) => (RaceState)_invariants.Records.Runs[run];

    public void StartRace(ProofRequestSpec spec, int places = 1) => Write($"{spec.RequestId}/0", new RaceState
    {
        Run = RunRules.Opened(
            new RunOrder
            {
                RequestId = spec.RequestId,
                Stage = 0,
                Mechanism = Plan.Stages[0],
                Program = Summary,
                PublicInputs = spec.PublicInputs,
                MaxPrice = spec.MaxPrice,
                SoftDeadline = spec.SoftDeadline,
                HardDeadline = spec.HardDeadline,
                Constraints = spec.Constraints,
                Account = spec.Account,
            },
            new Credits(4),
            Now),
        Parameters = new RaceParameters { Prize = new RacePrize { Reward = new Credits(10) }, Bond = new Credits(4), Participants = places },
    });

    public void Join(string run, string prover) =>
        Write(run, Race(run).With(RunRules.Joined(RunRules.Joining(Race(run).Run, prover, "s"), prover, "s", prover, Now)));

    public void Win(string run, string prover, Bytes? proof = null) => Write(run, Won(run, prover, proof ?? ValidProof));

    public RaceState Won(string run, string prover, Bytes proof) =>
        Race(run).With(RaceRules.Verified(Race(run).Run, Race(run).Parameters.Prize, new AcceptedProof { ProverId = prover, Proof = proof, ReceivedAt = Now, VerifiedAt = Now }));

    public void Report(string run, RaceState race, RunReport report) => Write(run, race.With(race.Run with { Report = report }));

    /// <summary>Decides the request as its race has ended, or otherwise.</summary>
    public Settlement Decide(string id, string account = "alice", Func<Settlement, Settlement>? otherwise = null)
    {
        var report = Race($"{id}/0").Report!;
        var settlement = SettlementRules.Of(id, account, new Credits(10), report, new SlashSplit(), Now);
        settlement = otherwise?.Invoke(settlement) ?? settlement;
        Write(id, RequestLifecycle.Decided(State(id), report, [], settlement, Now));
        return settlement;
    }

    private ProgramSummary Summary => new()
    {
        ProgramId = ProgramId, ProofSystem = Program.ProofSystem, Name = Program.Name, Work = Program.Work, PublicInputs = 1,
    };

    private static RoutePlan Plan => new() { Stages = [new MechanismChoice { Name = "race" }], Explanation = "named" };
}
