using System.Collections.Concurrent;
using System.Globalization;
using ProvingMarket.Client;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.EndToEnd.Tests.Chaos;

/// <summary>Services that ask for proofs while the market is killed under them: all mechanisms, some with a fallback, some cancelled.</summary>
internal sealed class ChaosLoad(IProvingMarketClient market, RealProof proof, int seed)
{
    public static readonly string[] Requesters = ["alice", "bob", "carol"];

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan SoftIn = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HardIn = TimeSpan.FromSeconds(20);

    private readonly Random _random = new(seed);
    private int _submitted;

    /// <summary>What was acknowledged.</summary>
    public ConcurrentDictionary<string, (ProofRequestSpec Spec, ProofHandle Handle)> Accepted { get; } = new(StringComparer.Ordinal);

    /// <summary>What was refused, by code: a deadline may have passed before a request got through.</summary>
    public ConcurrentDictionary<ReasonCode, int> Refused { get; } = new();

    public int Submitted => _submitted;

    /// <summary>Submits one request after the other until <paramref name="enough"/>, whether the market is there or not, and returns when every answer is
    /// known.</summary>
    public async Task RunAsync(CancellationToken enough)
    {
        List<Task> underWay = [];
        using var pace = new PeriodicTimer(Pause);
        while (!enough.IsCancellationRequested && await pace.WaitForNextTickAsync(CancellationToken.None)) underWay.Add(SubmitAsync(Next(), cancel: _random.Next(20) == 0));
        await Task.WhenAll(underWay);
    }

    private async Task SubmitAsync(ProofRequestSpec spec, bool cancel)
    {
        Interlocked.Increment(ref _submitted);
        var result = await market.ProveAsync(spec);
        if (!result.IsAccepted)
        {
            Refused.AddOrUpdate(result.Refusal.Code, 1, (_, count) => count + 1);
            return;
        }
        Accepted[spec.RequestId] = (spec, result.Handle);
        if (cancel) await result.Handle.CancelAsync();
    }

    private ProofRequestSpec Next()
    {
        var now = DateTimeOffset.UtcNow;
        return new ProofRequestSpec
        {
            RequestId = string.Create(CultureInfo.InvariantCulture, $"r{_submitted}"),
            Account = Requesters[_random.Next(Requesters.Length)],
            ProgramId = proof.Circuit.ProgramId,
            PublicInputs = Bytes.CopyOf(proof.Proof.PublicInputs.Span),
            Input = proof.Input,
            MaxPrice = Credits.Whole(7),
            SoftDeadline = now + SoftIn,
            HardDeadline = now + HardIn,
            Mechanism = Mechanism(),
            Fallbacks = _random.Next(4) == 0 ? [new RequestFallback { Mechanism = Choice("race", ("bond", "1")) }] : [],
        };
    }

    private MechanismChoice Mechanism() => _random.Next(6) switch
    {
        0 => Choice("race", ("bond", "1")),
        1 => Choice("elected-race", ("bond", "1"), ("elected", "2")),
        2 => Choice("random-election", ("bond", "1")),
        3 => Choice("dutch-auction", ("bond", "1"), ("ramp", "2"), ("lockTimeout", "5")),
        4 => Choice("sealed-bid-auction", ("bond", "1"), ("biddingWindow", "1"), ("revealWindow", "2")),
        _ => Choice("order-book", ("bond", "1")),
    };

    private static MechanismChoice Choice(string name, params (string Name, string Value)[] parameters) => parameters.Aggregate(
        new MechanismChoice { Name = name }, (choice, parameter) => choice with { Parameters = choice.Parameters.Add(parameter.Name, parameter.Value) });
}
