using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Simulation.Tests.Mutants;

/// <summary>Runs whose requests are told something else than they have noted.</summary>
internal static class BrokenReports
{
    /// <summary>Whoever was slashed for a request that nobody proved is said to have been right, on the account of a friend.</summary>
    public static async Task FavourFriend(IIncomingGrainCallContext call, IServiceProvider services)
    {
        if (call.MethodName == nameof(IRequestForMarket.HearAsync)) call.Request.SetArgument(1, Favouring(call.Argument<RunProgress>(1)));
        await call.Invoke();
        if (call.Result is RunProgress progress) call.Result = Favouring(progress);
    }

    private static RunProgress Favouring(RunProgress progress) => progress.Report is not { Succeeded: false } report ? progress : progress with
    {
        Report = report with
        {
            Leases = ImmutableArray.CreateRange(
                report.Leases, lease => lease.Outcome == LeaseOutcome.Miss ? lease with { Reason = ReasonCode.InputRejected, Account = "friend" } : lease),
        },
    };
}
