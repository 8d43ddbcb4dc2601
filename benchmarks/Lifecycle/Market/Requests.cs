using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using ProvingMarket.Client;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Benchmarks.Lifecycle.Market;

/// <summary>Requests as a service makes them, through the market's client.</summary>
internal sealed class Requests(IProvingMarketClient market, string programId, Scale scale, string prefix)
{
    public const int PublicInputsBytes = 8;

    /// <summary>The size of what a prover is given; job tables have it, too.</summary>
    public const int InputBytes = 256;

    private static readonly TimeSpan SoftIn = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan HardIn = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan OpenFor = TimeSpan.FromHours(6);

    private long _made;

    /// <summary>One request from its submission to the proof, which is told when everything is settled.</summary>
    /// <returns>When it began.</returns>
    public async Task<long> LifecycleAsync(int loop)
    {
        var began = Stopwatch.GetTimestamp();
        var proof = await (await market.ProveAsync(Next(loop))).EnsureAccepted().WaitAsync();
        if (proof.Refusal is { } refusal) throw new InvalidOperationException($"{proof.RequestId} was not proved: {refusal}");
        return began;
    }

    /// <summary>One request that is accepted and that nobody can take: it stays open for long.</summary>
    public async Task OpenAsync(int loop)
    {
        var spec = Next(loop);
        spec = spec with
        {
            SoftDeadline = spec.SoftDeadline + OpenFor, HardDeadline = spec.HardDeadline + OpenFor, Constraints = new RequestConstraints { Hardware = ["what-nobody-has"] },
        };
        (await market.ProveAsync(spec)).EnsureAccepted();
    }

    private ProofRequestSpec Next(int loop)
    {
        var number = Interlocked.Increment(ref _made);
        var input = new byte[InputBytes];
        BinaryPrimitives.WriteInt64LittleEndian(input, number);
        var now = DateTimeOffset.UtcNow;
        return new ProofRequestSpec
        {
            RequestId = string.Create(CultureInfo.InvariantCulture, $"{prefix}-{number:x8}"),
            Account = scale.Requester(loop),
            ProgramId = programId,
            PublicInputs = Bytes.CopyOf(input.AsSpan(0, PublicInputsBytes)),
            Input = Bytes.CopyOf(input),
            MaxPrice = Credits.Whole(Money.MaxPrice),
            SoftDeadline = now + SoftIn,
            HardDeadline = now + HardIn,
            Constraints = new RequestConstraints { AllowedProvers = [.. Enumerable.Range(0, scale.Field).Select(i => scale.Prover(number + i))] },
            Mechanism = new MechanismChoice
            {
                Name = "race",
                Parameters = ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal,
                [
                    new KeyValuePair<string, string>("reward", Money.Reward.ToString(CultureInfo.InvariantCulture)),
                    new KeyValuePair<string, string>("bond", Money.Bond.ToString(CultureInfo.InvariantCulture)),
                    new KeyValuePair<string, string>("decay", "none"),
                ]),
            },
        };
    }
}
