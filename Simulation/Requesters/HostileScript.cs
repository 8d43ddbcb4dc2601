using System.Collections.Immutable;
using Orleans.Simulation;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Simulation.Requesters;

/// <summary>What a hostile requester does with one request: several at once.</summary>
[Flags]
internal enum HostileTricks
{
    /// <summary>Nothing but the body that it asks with.</summary>
    None = 0,

    /// <summary>Submits two bodies under the id at the same moment.</summary>
    SubmitsTwoAtOnce = 1,

    /// <summary>Cancels before it has been told that it is accepted.</summary>
    CancelsBeforeTheAnswer = 2,

    /// <summary>Cancels again and again, at moments that have to do with nothing.</summary>
    CancelsAllTheTime = 4,

    /// <summary>Cancels about when the deadline is.</summary>
    CancelsAtTheDeadline = 8,

    /// <summary>Withdraws what is held for it, or all there is, while it runs.</summary>
    WithdrawsWhileHolding = 16,

    /// <summary>Submits other contents under the id when it has ended.</summary>
    SubmitsOtherContentsAfterwards = 32,
}

/// <summary>Draws what hostile requesters ask for: inputs that nobody can prove, or that give other public inputs than those asked for, and limits beyond all bounds.</summary>
internal static class HostileScript
{
    private const HostileTricks All = (HostileTricks)63;

    // What a hostile requester wants proved is what honest ones want, where nothing else is drawn.
    private static readonly ImmutableArray<Func<ProofRequestSpec, SimulatedRandom, ProofRequestSpec>> Bodies =
        [(spec, _) => spec, WithInputs(Unprovable), WithInputs(Unprovable), WithInputs(OfAnother), WithInputs(OfAnother), Absurd];

    private static readonly DateTimeOffset Latest = DateTimeOffset.MaxValue.AddDays(-1);

    /// <summary>An input that no synthetic program takes: nobody can compute a witness from it.</summary>
    public static readonly Bytes UnprovableInput = Bytes.Utf8("no witness");

    /// <summary>Draws the body from one that an honest requester would submit.</summary>
    public static ProofRequestSpec Turn(ProofRequestSpec spec, SimulatedRandom random) => Bodies[random.Next(Bodies.Length)](spec, random);

    /// <summary>Draws what is done with it.</summary>
    public static HostileTricks Draw(SimulatedRandom random) => All & (HostileTricks)random.Next(64) & (HostileTricks)random.Next(64);

    /// <summary>Other contents for the same id.</summary>
    public static ProofRequestSpec Changed(ProofRequestSpec spec, SimulatedRandom random) => random.Next(3) switch
    {
        0 => spec with { MaxPrice = spec.MaxPrice + new Credits(spec.MaxPrice < MarketLimits.Amount ? 1 : -1) },
        1 => spec with { HardDeadline = spec.HardDeadline + TimeSpan.FromSeconds(spec.HardDeadline < Latest ? 1 : -1) },
        _ => spec.IsBatch ? spec with { Statements = [spec.Statements[0]] } : spec with { Input = UnprovableInput },
    };

    /// <summary>Of a batch one statement or all of them have another input.</summary>
    private static Func<ProofRequestSpec, SimulatedRandom, ProofRequestSpec> WithInputs(Func<Bytes, Bytes> other) => (spec, random) =>
    {
        if (!spec.IsBatch) return spec with { Input = other(spec.Input) };
        var one = random.Chance(0.5) ? random.Next(spec.Statements.Length) : -1;
        return spec with { Statements = [.. spec.Statements.Select((statement, n) => one < 0 || one == n ? statement with { Input = other(statement.Input) } : statement)] };
    };

    private static Bytes Unprovable(Bytes input) => UnprovableInput;

    // As many numbers, and one of them is another.
    private static Bytes OfAnother(Bytes input) => Bytes.Utf8($"1{System.Text.Encoding.UTF8.GetString(input.Span)}");

    private static ProofRequestSpec Absurd(ProofRequestSpec spec, SimulatedRandom random) => random.Next(10) switch
    {
        0 => spec with { MaxPrice = MarketLimits.Amount },
        1 => spec with { MaxPrice = new Credits(long.MaxValue) },
        2 => spec with { MaxPrice = new Credits(long.MinValue) },
        3 => spec with { HardDeadline = DateTimeOffset.MaxValue },
        4 => spec with { SoftDeadline = DateTimeOffset.MinValue },
        5 => spec with { Constraints = spec.Constraints with { MinRedundancy = int.MaxValue } },
        6 => spec with { Constraints = spec.Constraints with { MinStake = MarketLimits.Amount } },
        7 => spec with { HalfLife = TimeSpan.MaxValue },
        8 => spec with { Mechanism = spec.Mechanism is { } named ? With(named, "bond", new Credits(long.MaxValue).ToString()) : null },
        _ => spec with { Mechanism = spec.Mechanism is { } named ? With(named, "deliveryTime", "1e308") : null },
    };

    private static MechanismChoice With(MechanismChoice mechanism, string name, string value) => mechanism with { Parameters = mechanism.Parameters.SetItem(name, value) };
}
