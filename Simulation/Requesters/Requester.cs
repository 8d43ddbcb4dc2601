using System.Globalization;
using Orleans.Simulation;
using ProvingMarket.Client;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Simulation.Invariants;
using ProvingMarket.Simulation.Worlds;

namespace ProvingMarket.Simulation.Requesters;

/// <summary>A process that makes requests through the market's own client.</summary>
internal sealed partial class Requester
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly World _world;
    private readonly RequesterPlan _plan;
    private readonly RequestBook _book;
    private readonly SimulatedProcess _process;
    private readonly ProvingMarketClient _client;

    public Requester(World world, RequesterPlan plan, RequestBook book, SimulatedProcess process)
    {
        (_world, _plan, _book, _process) = (world, plan, book, process);
        _client = MarketSilo.Client(process, new MarketClientOptions { GiveUpAfter = plan.GivesUpAfter });
    }

    /// <summary>Makes all requests of the book, then ends.</summary>
    public async Task RunAsync()
    {
        await DepositAsync("start", _plan.Funds);
        _book.Begin();
        await Task.WhenAll(Enumerable.Range(0, _plan.Lanes).Select(_ => LaneAsync()));
    }

    private async Task LaneAsync()
    {
        while (_book.Next() is { } script)
        {
            await PauseAsync();
            await (_plan.IsHostile ? HarassAsync(script) : LiveAsync(script));
            script.IsDone = true;
        }
    }

    /// <summary>One request from its submission to what the requester learns of its end.</summary>
    private async Task LiveAsync(RequestScript script)
    {
        var spec = script.Spec ?? script.Draw(_world.Plan, _plan, _process.Random, _process.Clock.GetUtcNow(), _world.ClockSkew);
        if (await SubmitAsync(spec) is not { } handle) return;
        switch (script.Twist)
        {
            case RequestTwist.WalkAway:
                return;
            case RequestTwist.Repeat:
                await Task.Delay(script.Patience, _process.Clock);
                await SubmitAsync(spec);
                break;
            case RequestTwist.Conflict:
                await Task.Delay(script.Patience, _process.Clock);
                await SubmitAsync(spec with { MaxPrice = spec.MaxPrice + new Credits(1) });
                break;
            case RequestTwist.Cancel:
                await Task.Delay(script.Patience, _process.Clock);
                await CancelAsync(handle);
                break;
            case RequestTwist.Watch:
                await CallAsync("watching", () => WatchAsync(handle));
                break;
        }
        await LearnOutcomeAsync(handle);
        if (_process.Random.Chance(0.1)) await LearnOutcomeAsync(handle);
    }

    /// <summary>Submits until the answer is known: the client gives up after a while, the requester does not. Null when it was refused.</summary>
    private async Task<ProofHandle?> SubmitAsync(ProofRequestSpec spec)
    {
        var answered = false;
        ProveResult? result = null;
        while (!answered) answered = await CallAsync($"submitting {spec.RequestId}", async () => result = await _client.ProveAsync(spec));
        if (result is null) return null;
        if (result.Refusal is { } refusal)
        {
            _world.Observe(new SubmissionRefused(spec, refusal));
            if (refusal.Code == ReasonCode.BalanceInsufficient) await DepositAsync(string.Create(CultureInfo.InvariantCulture, $"for-{spec.RequestId}-{spec.MaxPrice.Micro}"), spec.MaxPrice);
            return null;
        }
        _world.Observe(new SubmissionAcknowledged(spec));
        return result.EnsureAccepted();
    }

    private async Task CancelAsync(ProofHandle handle)
    {
        await CallAsync($"cancelling {handle.RequestId}", async () =>
        {
            var answer = await handle.CancelAsync();
            if (answer.Refusal is null) _world.Observe(new CancellationAcknowledged(handle.RequestId));
        });
    }

    private async Task WatchAsync(ProofHandle handle)
    {
        await foreach (var status in handle.WatchAsync()) _world.Observe(new StatusSeen(status));
    }

    private async Task LearnOutcomeAsync(ProofHandle handle)
    {
        var answered = false;
        while (!answered)
        {
            answered = await CallAsync($"waiting for {handle.RequestId}", async () =>
            {
                var outcome = await handle.WaitAsync();
                if (outcome.Status is not null) _world.Observe(new StatusSeen(outcome.Status));
                _world.Observe(new OutcomeSeen(outcome));
            });
        }
    }

    private async Task DepositAsync(string entryId, Credits amount)
    {
        var answered = false;
        while (!answered)
        {
            answered = await CallAsync($"depositing {entryId}", async () =>
            {
                var answer = await _client.DepositAsync(_plan.Account, $"{_plan.Name}-{entryId}", amount);
                if (answer.Refusal is null) _world.Observe(new DepositAcknowledged(_plan.Account, $"{_plan.Name}-{entryId}", amount));
                else _world.Observe(new ClientBroke(_plan.Name, "deposit", new InvalidOperationException(answer.Refusal.ToString())));
            });
        }
    }

    /// <summary>Makes a call of the client. True when it was answered; what is thrown and is no outage is reported, and is an answer, too.</summary>
    private async Task<bool> CallAsync(string what, Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (MarketUnavailableException)
        {
            await PauseAsync();
            return false;
        }
        catch (Exception exception)
        {
            _world.Observe(new ClientBroke(_plan.Name, what, exception));
        }
        return true;
    }

    private Task PauseAsync() => Task.Delay(_process.Random.NextTime(TimeSpan.FromMilliseconds(1), LongestPause), _process.Clock);
}
