using System.Numerics;

namespace Orleans.Simulation;

/// <summary>A stream of random numbers, decided by a seed and a name alone (xoshiro256**). Not for several threads.</summary>
public sealed class SimulatedRandom
{
    private ulong _a, _b, _c, _d;

    /// <summary>Initializes a stream.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="stream">The stream's name: streams of other names have other numbers.</param>
    public SimulatedRandom(ulong seed, string stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var state = seed ^ StableHash.Of(stream);
        _a = SplitMix(ref state);
        _b = SplitMix(ref state);
        _c = SplitMix(ref state);
        _d = SplitMix(ref state);
    }

    /// <summary>Draws 64 bits.</summary>
    /// <returns>The bits.</returns>
    public ulong Next()
    {
        var result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        var t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>Draws a number below a limit.</summary>
    /// <param name="limit">The limit; greater than 0.</param>
    /// <returns>A number from 0 up to, but without, the limit.</returns>
    public int Next(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        return (int)Math.BigMul(Next(), (ulong)limit, out _);
    }

    /// <summary>Draws a number within limits.</summary>
    /// <param name="least">The least number.</param>
    /// <param name="limit">The limit; greater than the least number.</param>
    /// <returns>A number from the least up to, but without, the limit.</returns>
    public long Next(long least, long limit)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(least, limit);
        return least + (long)Math.BigMul(Next(), (ulong)(limit - least), out _);
    }

    /// <summary>Draws a number from 0 up to, but without, 1.</summary>
    /// <returns>The number.</returns>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Draws a number whose order of magnitude is even.</summary>
    /// <param name="least">The least number; greater than 0.</param>
    /// <param name="greatest">The greatest number.</param>
    /// <returns>The number.</returns>
    public double NextLogarithmic(double least, double greatest) => least * Math.Pow(greatest / least, NextDouble());

    /// <summary>Draws a time whose order of magnitude is even.</summary>
    /// <param name="least">The least time; greater than zero.</param>
    /// <param name="greatest">The greatest time.</param>
    /// <returns>The time.</returns>
    public TimeSpan NextTime(TimeSpan least, TimeSpan greatest) => TimeSpan.FromTicks((long)NextLogarithmic(least.Ticks, greatest.Ticks));

    /// <summary>Draws whether something happens.</summary>
    /// <param name="probability">Its probability.</param>
    /// <returns>Whether it happens.</returns>
    public bool Chance(double probability) => NextDouble() < probability;

    /// <summary>Fills bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    public void Fill(Span<byte> bytes)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..]) BitConverter.TryWriteBytes(bytes, Next());
        if (bytes.IsEmpty) return;

        Span<byte> last = stackalloc byte[sizeof(ulong)];
        BitConverter.TryWriteBytes(last, Next());
        last[..bytes.Length].CopyTo(bytes);
    }

    private static ulong SplitMix(ref ulong state)
    {
        var z = state += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
}
