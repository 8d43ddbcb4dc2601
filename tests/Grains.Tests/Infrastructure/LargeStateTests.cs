using System.Globalization;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Accounts;
using ProvingMarket.Grains.Registry;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Requests;
using ProvingMarket.TestKit.Storage;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Infrastructure;

/// <summary>Grains whose state outgrows what their storage takes as one record go on, and are loaded again.</summary>
public sealed class LargeStateTests
{
    private const int MaxRecordBytes = 64 * 1024;

    [Fact]
    public async Task A_registry_shard_remembers_more_ended_leases_than_a_record_takes()
    {
        const int Ended = 6_500;
        await using var market = await MarketAsync();
        market.Disk.MaxRecordBytes = MaxRecordBytes;
        var prover = await market.ProverAsync("p1", stake: 10);
        for (var i = 0; i < Ended; i++) await market.RegistryOf("p1").EndLeaseAsync(LeaseOf(i), Ending(market));

        await market.KillAsync();
        await market.StartAgainAsync();
        Assert.Null((await prover.ConnectAsync()).Refusal);
        for (var i = 0; i < Ended; i += 100)
            Assert.Equal(ReasonCode.LeaseEnded, (await market.RegistryOf("p1").ReserveAsync(Reserve(market, prover.Session, LeaseOf(i)))).Refusal!.Code);
        Assert.NotNull((await market.RegistryOf("p1").ReserveAsync(Reserve(market, prover.Session, LeaseOf(Ended)))).Lease);
        Assert.Equal(Credits(10), market.Disk.Provers().Single().Stake);
        // It is not only the pages after the head that have it.
        Assert.NotNull(market.Disk.All<RegistryHead>(RegistryJournal.Name).Values.Single().Pieces);
    }

    [Fact]
    public async Task An_account_remembers_more_deposits_and_withdrawals_than_a_record_takes()
    {
        const int Each = 500;
        await using var market = await MarketAsync();
        market.Disk.MaxRecordBytes = MaxRecordBytes;
        for (var i = 0; i < Each; i++)
        {
            Assert.Null((await market.Account("bob").DepositAsync(Id("in", i), Credits(2))).Refusal);
            Assert.Equal(ReasonCode.BalanceInsufficient, (await market.Account("bob").WithdrawAsync(Id("out", i), Credits(2 * Each + 1))).Refusal!.Code);
        }

        await market.KillAsync();
        await market.StartAgainAsync();
        for (var i = 0; i < Each; i += 100)
        {
            Assert.Null((await market.Account("bob").DepositAsync(Id("in", i), Credits(2))).Refusal);
            Assert.Equal(ReasonCode.EntryConflict, (await market.Account("bob").DepositAsync(Id("in", i), Credits(3))).Refusal!.Code);
            // Refused for good, although the balance covers this amount now.
            Assert.Equal(ReasonCode.BalanceInsufficient, (await market.Account("bob").WithdrawAsync(Id("out", i), Credits(1))).Refusal!.Code);
        }
        Assert.Null((await market.Account("bob").WithdrawAsync("new", Credits(1))).Refusal);
        var (state, recounted, _) = market.Disk.Accounts()["bob"];
        Assert.Equal((Credits((2 * Each) - 1), (2 * Each) + 1L), (state.Available, state.Entries));
        Assert.Equal((state.Available, state.Entries), (recounted.Available, recounted.Entries));
        // It is not only the pages after the head that have it.
        Assert.NotNull(market.Disk.All<AccountHead>(AccountLedger.Name)["bob"].Pieces);
    }

    private static string Id(string kind, int number) => string.Create(CultureInfo.InvariantCulture, $"{kind}-{number}");

    private static string LeaseOf(int request) => string.Create(CultureInfo.InvariantCulture, $"request-{request:D32}/0/p1");

    private static LeaseEnding Ending(MarketCluster market) => new()
    {
        ProverId = "p1", Outcome = LeaseOutcome.Cancel, Reason = ReasonCode.RunClosed, Bond = Credits(3), Deadline = market.Now + HardIn,
    };

    private static ReserveCommand Reserve(MarketCluster market, string session, string lease) => new()
    {
        ProverId = "p1",
        Session = session,
        LeaseId = lease,
        ProgramId = ProgramId,
        Bond = Credits(3),
        Deadline = market.Now + HardIn,
        Constraints = new RequestConstraints(),
        Work = new WorkUnits(1),
    };
}
