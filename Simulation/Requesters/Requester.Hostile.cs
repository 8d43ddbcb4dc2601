using ProvingMarket.Client;
using ProvingMarket.Domain;

namespace ProvingMarket.Simulation.Requesters;

/// <summary>What a hostile one does with its requests.</summary>
internal sealed partial class Requester
{
    private const int MostCancellations = 4;

    private int _withdrawals;

    /// <summary>One request, with everything at once that may be bad for the market or for provers, to what becomes of it.</summary>
    private async Task HarassAsync(RequestScript script)
    {
        var spec = script.Spec ?? script.DrawHostile(_world.Plan, _plan, _process.Random, _process.Clock.GetUtcNow(), _world.ClockSkew);
        var meanwhile = new List<Task>();
        if (Does(HostileTricks.CancelsBeforeTheAnswer)) meanwhile.Add(CancelAsync(Handle()));
        if (Does(HostileTricks.SubmitsTwoAtOnce)) meanwhile.Add(SubmitAsync(HostileScript.Changed(spec, _process.Random)));
        if (Does(HostileTricks.WithdrawsWhileHolding)) meanwhile.Add(WithdrawAsync(spec.MaxPrice));
        var handle = await SubmitAsync(spec);
        await Task.WhenAll(meanwhile);
        // Another body may have been accepted under this id.
        if (Does(HostileTricks.WithdrawsWhileHolding)) await WithdrawAsync(_plan.Funds);
        for (var n = 0; Does(HostileTricks.CancelsAllTheTime) && n < MostCancellations; n++)
        {
            await Task.Delay(_process.Random.NextTime(TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(8)), _process.Clock);
            await CancelAsync(Handle());
        }
        if (Does(HostileTricks.CancelsAtTheDeadline) && spec.SoftDeadline - _process.Clock.GetUtcNow() is { Ticks: > 0 } left && left < TimeSpan.FromMinutes(10))
        {
            await Task.Delay(left, _process.Clock);
            await CancelAsync(Handle());
        }
        if (handle is not null) await LearnOutcomeAsync(handle);
        if (Does(HostileTricks.SubmitsOtherContentsAfterwards)) await SubmitAsync(HostileScript.Changed(spec, _process.Random));

        bool Does(HostileTricks trick) => script.Tricks.HasFlag(trick);

        ProofHandle Handle() => _client.Attach(script.Id);
    }

    /// <summary>Asks for its money back, whether it is there or held; either answer is right.</summary>
    private async Task WithdrawAsync(Credits amount)
    {
        // A process that was started again uses the ids once more, which moves nothing or is refused.
        var entryId = $"{_plan.Name}-out-{++_withdrawals}";
        await CallAsync($"withdrawing {entryId}", () => _client.WithdrawAsync(_plan.Account, entryId, amount));
    }
}
