using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Requests;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using ProvingMarket.TestKit.Storage;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Faults;

/// <summary>A crowd: requests of all kinds from several accounts, and provers of every conduct with fewer slots than there is work.</summary>
public sealed class CrowdTests
{
    private const int Requests = 200;
    private const int SubmittedWithin = 40;
    private static readonly string[] Accounts = ["alice", "bob", "carol", "dave", "erin"];
    private static readonly StorageFault[] Kinds = Enum.GetValues<StorageFault>();

    [Theory]
    [InlineData(1, false)]
    [InlineData(20260101, false)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    public async Task Every_request_of_a_crowd_reaches_its_end_and_the_money_adds_up(int seed, bool withFaults)
    {
        var random = new Random(seed);
        await using var market = await MarketAsync(funds: 250);
        try
        {
            await PopulateAsync(market, random, withFaults);
            var specs = Enumerable.Range(0, Requests).Select(i => Spec(market, random, i)).ToArray();
            var faults = withFaults ? new Random(seed) : null;
            var accepted = await PlayAsync(market, specs, random, faults);

            var statuses = await Task.WhenAll(market.Disk.All<RequestState>("request").Keys.Select(market.EndsAsync));
            Assert.Empty(accepted.Except(statuses.Select(status => status.RequestId)));
            if (!withFaults) Assert.Equal(Requests, statuses.Length);
            await Audit.AtRestAsync(market);
            foreach (var phase in new[] { RequestPhase.Fulfilled, RequestPhase.Cancelled, RequestPhase.Expired, RequestPhase.Rejected })
                Assert.Contains(statuses, status => status.Phase == phase);
            AssertWhatProversWereToldIsTrue(market, statuses, withFaults);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Seed {seed}: {e.Message}{Environment.NewLine}{market.Log}", e);
        }
    }

    private static async Task PopulateAsync(MarketCluster market, Random random, bool withFaults)
    {
        foreach (var account in Accounts.Skip(1)) await market.FundAsync(account, Credits(250));
        for (var i = 0; i < 16; i++)
        {
            var conduct = (i % 8) switch { 0 => Conduct.Corrupt, 1 => Conduct.Declining, 2 => Conduct.Quitting, 3 => Conduct.Silent, _ => Conduct.Good };
            var prover = await market.ProverAsync($"{conduct}-{i}".ToLowerInvariant(), stake: 50);
            var seconds = random.Next(1, 12);
            prover.Worker = new TestWorker(market, prover, conduct, _ => TimeSpan.FromSeconds(seconds)) { AttemptsAtOnce = 4 };
            prover.ExpectsFaults = withFaults;
        }
    }

    private static ProofRequestSpec Spec(MarketCluster market, Random random, int number)
    {
        var soft = market.Now.AddSeconds(SubmittedWithin + random.Next(5, 90));
        return market.Spec($"r{number}", Accounts[random.Next(Accounts.Length)]) with
        {
            MaxPrice = Credits(random.Next(1, 20)),
            SoftDeadline = soft,
            HardDeadline = soft.AddSeconds(random.Next(0, 30)),
            Mechanism = RaceOf(("bond", $"{random.Next(0, 4)}"), ("participants", $"{random.Next(1, 5)}"), ("decay", random.Next(2) == 0 ? "linear" : "none")),
            Constraints = random.Next(4) switch
            {
                0 => new RequestConstraints { DeniedProvers = ["good-4", "good-5"] },
                1 => new RequestConstraints { AllowedProvers = ["good-6", "corrupt-8", "silent-3"] },
                _ => new RequestConstraints(),
            },
        };
    }

    /// <summary>Submits over some time, each one twice at once, cancels some, and moves the clock until all have ended. With faults, writes go wrong
    /// as long as requests are submitted, and what was not answered is submitted again.</summary>
    /// <returns>What was accepted.</returns>
    private static async Task<HashSet<string>> PlayAsync(MarketCluster market, ProofRequestSpec[] specs, Random random, Random? faults)
    {
        var accepted = new HashSet<string>();
        var waiting = new Queue<ProofRequestSpec>(specs);
        var submitted = new List<string>();
        while (waiting.Count > 0)
        {
            if (faults is not null) market.Faults.Plan(faults.Next(1, 40), Kinds[faults.Next(Kinds.Length)]);
            var batch = Enumerable.Range(0, Math.Min(waiting.Count, Requests / SubmittedWithin)).Select(_ => waiting.Dequeue()).ToArray();
            submitted.AddRange(batch.Select(spec => spec.RequestId));
            var calls = batch.Concat(batch).Select(spec => TryAsync(() => market.Request(spec.RequestId).SubmitAsync(spec), faults)).ToArray();
            var cancel = random.Next(4) != 0 ? null : submitted[random.Next(submitted.Count)];
            var cancelled = cancel is null ? Task.FromResult<CancelAnswer?>(null) : TryAsync(() => market.Request(cancel).CancelAsync(), faults);
            var answers = await market.CompleteAsync(Task.WhenAll(calls));
            _ = await market.CompleteAsync(cancelled);
            for (var i = 0; i < batch.Length; i++)
            {
                var answer = answers[i] ?? answers[i + batch.Length];
                if (answer is null) waiting.Enqueue(batch[i]);
                else if (answer.Status is not null) accepted.Add(batch[i].RequestId);
            }
            await market.AdvanceAsync(TimeSpan.FromSeconds(1));
            await market.RestartIfCrashedAsync();
            Audit.Always(market);
        }

        _ = market.Faults.Reset();
        await market.AdvanceToAsync(specs.Max(spec => spec.HardDeadline).AddSeconds(1));
        return accepted;
    }

    /// <summary>The answer, or null when there are faults and the call failed.</summary>
    private static async Task<T?> TryAsync<T>(Func<Task<T>> call, Random? faults)
        where T : class
    {
        try
        {
            return await call();
        }
        catch (Exception) when (faults is not null)
        {
            return null;
        }
    }

    private static void AssertWhatProversWereToldIsTrue(MarketCluster market, RequestStatus[] statuses, bool withFaults)
    {
        var byRun = statuses.ToDictionary(status => $"{status.RequestId}/0");
        foreach (var prover in market.Provers)
        {
            foreach (var (run, reward) in prover.Worker!.Earned)
                Assert.Equal((prover.Id, reward), (byRun[run].ProverId, byRun[run].Paid!.Value));
        }
        var fulfilled = statuses.Count(status => status.Phase == RequestPhase.Fulfilled);
        var told = market.Provers.Sum(prover => prover.Worker!.Earned.Count);
        // An answer that is lost is made up for by the news that the race is over.
        if (withFaults) Assert.InRange(told, fulfilled / 2, fulfilled);
        else Assert.Equal(fulfilled, told);
    }
}
