using Orleans.Simulation;
using ProvingMarket.Client;
using ProvingMarket.Domain;
using ProvingMarket.Simulation.Invariants;
using ProvingMarket.Simulation.Worlds;

namespace ProvingMarket.Simulation.Provers;

/// <summary>Funds a prover's account and puts up its stake, in two parts: ids are the same in every life of the process.</summary>
/// <param name="proverId">The prover.</param>
/// <param name="account">The account that its stake comes from.</param>
/// <param name="funds">What is put on the account.</param>
/// <param name="stake">The stake.</param>
/// <param name="process">The process.</param>
/// <param name="observe">Told what was acknowledged.</param>
internal sealed class Staking(string proverId, string account, Credits funds, Credits stake, SimulatedProcess process, Action<Observation> observe)
{
    private readonly ProvingMarketClient _client = MarketSilo.Client(process);

    /// <summary>Tries until it is done or the process is told to end.</summary>
    public async Task RunAsync()
    {
        var half = stake.Scale(1, 2);
        await InsistAsync(async () =>
        {
            var entry = $"{proverId}-start";
            if ((await _client.DepositAsync(account, entry, funds)).Refusal is { } refusal) throw new InvalidOperationException($"{entry}: {refusal}");
            observe(new DepositAcknowledged(account, entry, funds));
            return true;
        });
        await InsistAsync(() => PutUpAsync("first", half));
        await InsistAsync(() => PutUpAsync("second", stake - half));
    }

    /// <summary>False when it is too early: a prover must be registered before it can have a stake.</summary>
    private async Task<bool> PutUpAsync(string entryId, Credits amount)
    {
        if (amount == Credits.Zero) return true;
        var refusal = await _client.DepositStakeAsync(proverId, entryId, amount);
        if (refusal is null) observe(new StakeAcknowledged(proverId, entryId, amount));
        return refusal?.Code != ReasonCode.ProverUnknown;
    }

    private async Task InsistAsync(Func<Task<bool>> attempt)
    {
        while (!process.Ended.IsCancellationRequested)
        {
            try
            {
                if (await attempt()) return;
            }
            catch (MarketUnavailableException)
            {
                // Tried again below.
            }
            catch (Exception exception)
            {
                observe(new ClientBroke(proverId, "putting up stake", exception));
                return;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(500), process.Clock);
        }
    }
}
