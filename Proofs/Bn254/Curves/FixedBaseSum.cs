using System.Runtime.CompilerServices;
using ProvingMarket.Proofs.Bn254.Fields;

namespace ProvingMarket.Proofs.Bn254.Curves;

/// <summary>Sums s₀·P₀ + s₁·P₁ + … over points that are known beforehand, from tables (a Lim–Lee comb with shared doublings).</summary>
/// <remarks>
/// A scalar is cut into teeth of equal length; the table of a point holds the sums of every choice of teeth. One doubling for each
/// bit of a tooth serves all points, and each point adds one table entry per such bit, none where its bits are all zero: inputs that
/// are small numbers cost almost nothing. A table entry is a point of 80 bytes, so eight teeth cost 20.4 KB a point,
/// four teeth 1.2 KB. The tables are built for the first sum, once however many ask for one at the same time. Immutable but for that.
/// </remarks>
internal sealed class FixedBaseSum
{
    private const int ScalarBits = 256;
    private const int MaxPointsWithLargeTables = 128;

    private readonly int _teeth;
    private readonly int _toothBits;
    private readonly Lazy<G1Point[]> _table;

    public FixedBaseSum(ReadOnlyMemory<G1Point> points)
    {
        _teeth = points.Length <= MaxPointsWithLargeTables ? 8 : 4;
        _toothBits = ScalarBits / _teeth;
        _table = new(() => BuildTable(points.Span));
        Count = points.Length;
    }

    /// <summary>The number of points.</summary>
    public int Count { get; }

    /// <summary>How many bytes the tables are, built or not.</summary>
    public long ByteCount => (long)Count * EntriesPerPoint * Unsafe.SizeOf<G1Point>();

    /// <summary>Whether the tables are there.</summary>
    public bool IsBuilt => _table.IsValueCreated;

    private int EntriesPerPoint => (1 << _teeth) - 1;

    /// <summary>The sum; there is one scalar for each point.</summary>
    public void Sum(ReadOnlySpan<U256> scalars, out G1Jacobian sum)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(scalars.Length, Count, nameof(scalars));
        var table = _table.Value;
        sum = G1Jacobian.Infinity;
        for (var bit = _toothBits - 1; bit >= 0; bit--)
        {
            if (!sum.IsInfinity)
                G1Jacobian.Double(sum, out sum);

            for (var i = 0; i < scalars.Length; i++)
            {
                var choice = Choice(scalars[i], bit);
                if (choice != 0)
                    G1Jacobian.Add(sum, table[(i * EntriesPerPoint) + choice - 1], out sum);
            }
        }
    }

    /// <summary>The same bit of every tooth, tooth 0 lowest.</summary>
    private int Choice(in U256 scalar, int bit)
    {
        var choice = 0;
        for (var tooth = _teeth - 1; tooth >= 0; tooth--)
            choice = (choice << 1) | (scalar.Bit((tooth * _toothBits) + bit) ? 1 : 0);
        return choice;
    }

    private G1Point[] BuildTable(ReadOnlySpan<G1Point> points)
    {
        var shifted = new G1Jacobian[points.Length * _teeth];
        for (var i = 0; i < points.Length; i++)
        {
            G1Jacobian power = new(points[i]);
            for (var tooth = 0; tooth < _teeth; tooth++)
            {
                shifted[(i * _teeth) + tooth] = power;
                for (var bit = 0; bit < _toothBits; bit++)
                    G1Jacobian.Double(power, out power);
            }
        }

        var affine = G1Jacobian.ToAffine(shifted);
        var table = new G1Jacobian[points.Length * EntriesPerPoint];
        for (var i = 0; i < points.Length; i++)
        {
            var entries = table.AsSpan(i * EntriesPerPoint, EntriesPerPoint);
            for (var choice = 1; choice <= entries.Length; choice++)
            {
                // The entry without its highest tooth is there already.
                var highest = int.Log2(choice);
                var rest = choice - (1 << highest);
                G1Jacobian.Add(rest == 0 ? default : entries[rest - 1], affine[(i * _teeth) + highest], out entries[choice - 1]);
            }
        }

        return G1Jacobian.ToAffine(table);
    }
}
