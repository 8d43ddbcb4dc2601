using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Provers;

/// <summary>What the market calls on the worker. Hands over and returns at once: the engine waits for it.</summary>
internal sealed class ProverObserver(JobDispatcher jobs) : IProverObserver
{
    public Task InvitedAsync(Invitation invitation)
    {
        jobs.Invite(invitation);
        return Task.CompletedTask;
    }

    public Task StoppedAsync(StopWork stop)
    {
        jobs.Stop(stop);
        return Task.CompletedTask;
    }
}
