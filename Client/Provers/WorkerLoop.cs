using ProvingMarket.Client.Calls;

namespace ProvingMarket.Client.Provers;

/// <summary>A worker at work: session, jobs and declines, from the first connection until it has left.</summary>
internal static class WorkerLoop
{
    /// <summary>Works until <paramref name="stopping"/>, then finishes what it has within the drain timeout, or until
    /// <paramref name="hurry"/>, and leaves.</summary>
    /// <exception cref="ProverRefusedException">The market refuses this prover for good.</exception>
    public static async Task RunAsync(WorkerContext worker, IJobPolicy policy, CancellationToken stopping, CancellationToken hurry)
    {
        using var departure = new Departure(worker);
        var declines = new DeclineSender(worker, departure.Gone);
        using var jobs = new JobDispatcher(worker, policy, declines, departure);
        using var asks = new StandingAsks(worker, () => jobs.PaidShareOfOrders, departure.Gone);
        using var session = new ProverSession(worker, jobs) { Connected = asks.Connected };
        (jobs.SessionLost, worker.Suspended.Suspended) = (session.ConnectAgain, asks.LookAgain);

        using var drain = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var leave = new CancellationTokenSource();
        var keeping = session.RunAsync(drain.Token, leave.Token);
        var asking = asks.RunAsync(drain.Token);
        var declining = declines.RunAsync(leave.Token);
        var working = jobs.RunAsync(drain.Token, hurry);

        // A session ends by itself only when it has failed: then the jobs end too, and the failure is thrown below.
        await Task.WhenAny(keeping, working);
        await Beside.CancelAsync(drain);
        await working;
        departure.Begin();
        await declines.OwedAsync();
        await asking;
        await Beside.CancelAsync(leave);
        await declining;
        try
        {
            await keeping;
        }
        finally
        {
            await session.LeaveAsync();
        }
    }
}
