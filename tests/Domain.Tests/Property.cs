using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace ProvingMarket.Domain.Tests;

/// <summary>Checks that something holds for many generated values. A failure names the shrunk value and the seed; run the test again with the
/// environment variable <c>PROPERTY_REPLAY</c> set to the numbers after "seed of" or "failing step with" to get the same values.
/// <c>PROPERTY_TIMES</c> multiplies how many values are tried, for a long search.</summary>
internal static class Property
{
    public static void Holds<T>(Arbitrary<T> values, Action<T> holds, int times = 200)
    {
        var config = Config.QuickThrowOnFailure.WithMaxTest(times * Multiplier).WithQuietOnSuccess(true).WithReplay(Replayed());
        Check.One(config, Prop.ForAll(values, holds));
    }

    public static void Holds<T>(Gen<T> values, Action<T> holds, int times = 200) => Holds(values.ToArbitrary(), holds, times);

    /// <summary>Sequences of up to <paramref name="longest"/> commands; a failing one is shrunk by leaving commands out.</summary>
    public static Arbitrary<T[]> Sequences<T>(Gen<T> commands, int longest = 60) =>
        Arb.From(Gen.Choose(1, longest).SelectMany(length => Gen.ArrayOf(commands, length)), Shorter);

    public static Gen<bool> Coin { get; } = Gen.Elements(true, false);

    private static IEnumerable<T[]> Shorter<T>(T[] sequence)
    {
        for (var cut = sequence.Length / 2; cut > 0; cut /= 2)
        {
            for (var from = 0; from + cut <= sequence.Length; from += cut) yield return [.. sequence[..from], .. sequence[(from + cut)..]];
        }
    }

    private static int Multiplier => int.TryParse(Environment.GetEnvironmentVariable("PROPERTY_TIMES"), out var times) ? times : 1;

    private static FSharpOption<Replay> Replayed()
    {
        if (Environment.GetEnvironmentVariable("PROPERTY_REPLAY") is not { Length: > 0 } text) return FSharpOption<Replay>.None;
        var parts = text.Trim('(', ')').Split(',');
        var size = parts.Length > 2 ? FSharpOption<int>.Some(int.Parse(parts[2])) : FSharpOption<int>.None;
        return FSharpOption<Replay>.Some(new Replay(new Rnd(ulong.Parse(parts[0]), ulong.Parse(parts[1])), size));
    }
}
