using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Cooperative;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains;
using ProvingMarket.Grains.Accounts;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Accounts;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Programs;
using ProvingMarket.Grains.Interfaces.Registry;
using ProvingMarket.Grains.Interfaces.Requests;
using ProvingMarket.Grains.Mechanisms.Cooperative;
using ProvingMarket.Grains.Mechanisms.Race;
using ProvingMarket.Grains.Mechanisms.SealedBidAuction;
using ProvingMarket.Grains.Registry;
using ProvingMarket.Proofs;
using ProvingMarket.Simulation.Requesters;

namespace ProvingMarket.Simulation.Tests.Mutants;

/// <summary>Markets that are broken on purpose, at least one for every invariant.</summary>
internal static class AllMutants
{
    public static readonly IReadOnlyList<Mutant> List =
    [
        new("stake is credited and never debited", "money-constant")
        {
            Filter = Filters.Instead(nameof(IAccountGrain.DebitAsync), _ => true, () => new AccountAnswer { Balance = new AccountBalance { Available = default, Held = default } }),
        },
        new("the treasury's share of a slashed bond is dropped", "money-constant")
        {
            Filter = Filters.Instead(
                nameof(IAccountGrain.CreditAsync), call => call.Key() == GrainKeys.TreasuryAccount,
                () => new AccountAnswer { Balance = new AccountBalance { Available = default, Held = default } }),
        },
        new("a deposit that is repeated is applied again", "money-constant") { Replaces = (typeof(AccountGrain), typeof(ForgetfulAccountGrain)) },
        new("money is held that is not there", "money-never-negative") { Replaces = (typeof(AccountGrain), typeof(OverdraftAccountGrain)) },
        new("leases are granted whatever slots and stake there are", "slots-and-bonds-within-limits")
        {
            Replaces = (typeof(TaskRegistryGrain), typeof(CarelessRegistryGrain)),
        },
        new("less is captured than the settlement says", "one-settlement-per-request")
        {
            Filter = Filters.Before(nameof(IAccountGrain.CaptureAsync), (call, _) =>
            {
                var captured = call.Argument<Credits>(1);
                if (captured > Credits.Zero) call.Request.SetArgument(1, captured - new Credits(1));
                return Task.CompletedTask;
            }),
        },
        new("what is slashed of a request that nobody proved goes to a friend", "nobody-gains-by-what-is-not-proved") { Filter = BrokenReports.FavourFriend },
        new("who says that a request cannot be proved is charged as if it had failed", "honest-provers-keep-their-bonds")
        {
            Filter = Filters.Before(nameof(IRunForWorkers.DeclineAsync), (call, _) =>
            {
                if (call.Argument<ReasonCode>(2) == ReasonCode.InputRejected) call.Request.SetArgument(2, ReasonCode.ProvingFailed);
                return Task.CompletedTask;
            }),
        },
        new("the registry is asked before the wish to join is durable", "no-double-assignment")
        {
            Filter = Filters.Before(nameof(IRunForWorkers.JoinAsync), async (call, services) =>
            {
                var (prover, session) = (call.Argument<string>(0), call.Argument<string>(1));
                var registry = services.Grains().RegistryOf(prover, services.GetRequiredService<IOptions<MarketOptions>>().Value);
                if (await registry.GetProverAsync(prover) is not { } record) return;
                await registry.ReserveAsync(new ReserveCommand
                {
                    ProverId = prover,
                    Session = session,
                    LeaseId = GrainKeys.Lease(call.Key(), prover),
                    ProgramId = record.Offer.Programs[0],
                    Work = new WorkUnits(1),
                    Bond = Credits.Zero,
                    Deadline = services.GetRequiredService<TimeProvider>().GetUtcNow() + TimeSpan.FromMinutes(1),
                    Constraints = new RequestConstraints(),
                });
            }),
        },
        new("an account answers before anything is durable", "nothing-acknowledged-is-lost") { Replaces = (typeof(AccountGrain), typeof(HastyAccountGrain)) },
        new("another body is accepted under a known id", "retry-same-result")
        {
            Filter = Filters.After(nameof(IRequestForClients.SubmitAsync), async (call, services) =>
            {
                if (call.Result is not SubmitAnswer { Refusal.Code: ReasonCode.RequestIdConflict }) return;
                call.Result = new SubmitAnswer { Status = await services.Grains().GetGrain<IProofRequestGrain>(call.Key()).GetStatusAsync() };
            }),
        },
        new("what a request has cost is told differently every second", "retry-same-result")
        {
            Filter = Filters.After(nameof(IRequestForClients.GetStatusAsync), (call, services) =>
            {
                var second = services.GetRequiredService<TimeProvider>().GetUtcNow().Second;
                if (call.Result is RequestStatus { Paid: { } paid } status) call.Result = status with { Paid = paid + new Credits(second) };
                return Task.CompletedTask;
            }),
        },
        new("the reward that is told grows with the time of day", "nothing-acknowledged-is-lost")
        {
            Filter = Filters.After(nameof(IRunForWorkers.SubmitAsync), (call, services) =>
            {
                var second = services.GetRequiredService<TimeProvider>().GetUtcNow().Second;
                if (call.Result is SubmissionAnswer { Reward: { } reward }) call.Result = new SubmissionAnswer { Reward = reward + new Credits(second) };
                return Task.CompletedTask;
            }),
        },
        new("a run that is asked how far it is gives up", "deadline-never-early-nor-late")
        {
            Filter = Filters.Before(nameof(IRunForRequests.GetProgressAsync), async (call, services) =>
            {
                var run = services.Grains().GetGrain<IRaceRunGrain>(call.Key());
                await run.ConcludeAsync(ReasonCode.NobodyDelivered);
            }),
        },
        new("a run ends three seconds after its deadline", "deadline-never-early-nor-late")
        {
            Filter = Filters.Before(nameof(IRunForRequests.ConcludeAsync), (call, services) =>
                call.Argument<ReasonCode>(0) == ReasonCode.None
                    ? Task.Delay(TimeSpan.FromSeconds(3), services.GetRequiredService<TimeProvider>())
                    : Task.CompletedTask),
        },
        new("a race pays a little less than it writes down", "transcripts-can-be-audited") { Replaces = (typeof(RaceRunGrain), typeof(StingyRaceRunGrain)) },
        new("a committee counts proofs of a batch that nobody has verified", "only-valid-proofs-are-paid")
        {
            Filter = Filters.After(nameof(IProofVerifierGrain.VerifyManyAsync), (call, _) =>
            {
                if (call.Result is ImmutableArray<Verdict> verdicts) call.Result = ImmutableArray.CreateRange(verdicts, _ => new Verdict { Reason = ReasonCode.None });
                return Task.CompletedTask;
            }),
            Mechanisms = [CooperativeParameters.MechanismName],
        },
        new("a committee pays its first statement twice", "only-valid-proofs-are-paid")
        {
            Replaces = (typeof(CooperativeRunGrain), typeof(LavishCooperativeRunGrain)), Mechanisms = [CooperativeParameters.MechanismName],
        },
        new("a committee is seated in another order than it was drawn in", "transcripts-can-be-audited")
        {
            Replaces = (typeof(CooperativeRunGrain), typeof(FavouringCooperativeRunGrain)), Mechanisms = [CooperativeParameters.MechanismName],
        },
        new("a bid is revealed as something else than was sealed", "bids-are-sealed") { Replaces = (typeof(SealedBidRunGrain), typeof(GullibleSealedBidRunGrain)) },
        new("every proof of the right size is valid", "only-valid-proofs-are-paid")
        {
            Silo = silo => silo.Services.Replace(ServiceDescriptor.Singleton(new ProofSystems([new AgreeableProofSystem()]))),
        },
        new("nobody watches over open requests", "every-request-ends")
        {
            Filter = Filters.Instead(nameof(IRequestWatchGrain.AddAsync), _ => true, () => null),
            // A request that is forgotten long before its deadline misses that first.
            Mechanisms = [.. MechanismScript.Names.Where(name => name != CooperativeParameters.MechanismName)],
        },
        new("a lease that ends without fault is kept", "nothing-held-at-rest")
        {
            Filter = Filters.Instead(
                nameof(ITaskRegistryGrain.EndLeaseAsync), call => call.Argument<LeaseEnding>(1).Outcome == LeaseOutcome.Cancel, () => null),
        },
        new("records are deleted earlier than the market is set to", "kept-for-the-retention")
        {
            Silo = silo => silo.Services.Configure<MarketOptions>(options => options.RequestRetention = TimeSpan.FromMinutes(10)),
        },
        new("a request's status throws now and then", "clients-see-outages-only")
        {
            Filter = Filters.Before(nameof(IRequestForClients.GetStatusAsync), (call, _) =>
                call.Key().EndsWith('3') ? Task.FromException(new InvalidOperationException("The status is broken.")) : Task.CompletedTask),
        },
    ];
}
