using FsCheck;
using FsCheck.Fluent;
using ProvingMarket.Proofs.Bn254.Fields;
using ProvingMarket.Proofs.Tests.Support;
using static ProvingMarket.Proofs.Tests.Support.Generators;

namespace ProvingMarket.Proofs.Tests.Bn254;

/// <summary>A prime field against BigInteger, which does not know about limbs.</summary>
public abstract class PrimeFieldTests
{
    private const int Cases = 2000;

    private readonly IFieldUnderTest _field;
    private readonly BigInteger _modulus;
    private readonly Gen<BigInteger> _number;

    private protected PrimeFieldTests(IFieldUnderTest field)
    {
        _field = field;
        _modulus = field.Modulus;
        _number = Below(_modulus).Generator;
    }

    [Fact]
    public void Numbers_come_out_as_they_went_in() => Unary(a => a, _field.RoundTrip);

    [Fact]
    public void Addition() => Binary((a, b) => a + b, _field.Add);

    [Fact]
    public void Subtraction() => Binary((a, b) => a - b, _field.Subtract);

    [Fact]
    public void Multiplication() => Binary((a, b) => a * b, _field.Multiply);

    [Fact]
    public void Negation() => Unary(a => -a, _field.Negate);

    [Fact]
    public void Doubling() => Unary(a => 2 * a, _field.Double);

    [Fact]
    public void Halving() => Unary(a => a.IsEven ? a / 2 : (a + _modulus) / 2, _field.Halve);

    [Fact]
    public void Squaring() => Unary(a => a * a, _field.Square);

    [Fact]
    public void Inversion() => Unary(a => a.Inverse(_modulus), _field.Invert);

    [Fact]
    public void Nine_times_plus() => Binary((a, b) => (9 * a) + b, _field.NineTimesPlus);

    [Fact]
    public void Nine_times_minus() => Binary((a, b) => (9 * a) - b, _field.NineTimesMinus);

    [Fact]
    public void Powers() =>
        ForAll(_number.Two(), n => _field.Power(n.Item1, n.Item2) == BigInteger.ModPow(n.Item1, n.Item2, _modulus));

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(6)]
    public void Sums_of_products(int count) =>
        ForAll(_number.ArrayOf(2 * count), n => _field.SumOfProducts(n) == Expected(n), Cases);

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(6)]
    public void The_largest_sums_of_products_do_not_overflow(int count)
    {
        // The number whose limbs are those of the modulus less one.
        var largest = (_modulus - 1) * (BigInteger.One << 260).Inverse(_modulus) % _modulus;
        BigInteger[] factors = [.. Enumerable.Repeat(largest, 2 * count)];
        Assert.Equal(Expected(factors), _field.SumOfProducts(factors));
    }

    [Fact]
    public void Only_numbers_below_the_modulus_are_elements()
    {
        Assert.True(_field.Accepts(0));
        Assert.True(_field.Accepts(_modulus - 1));
        Assert.False(_field.Accepts(_modulus));
        Assert.False(_field.Accepts(_modulus + 1));
        Assert.False(_field.Accepts((BigInteger.One << 256) - 1));
    }

    [Fact]
    public void Equal_numbers_are_equal_elements() =>
        ForAll(_number.Two(), n => _field.AreEqual(n.Item1, n.Item2) == (n.Item1 == n.Item2) && _field.AreEqual(n.Item1, n.Item1));

    [Fact]
    public void Batch_inversion_inverts_each() => ForAll(_number.Where(n => !n.IsZero).ArrayOf(7), n =>
    {
        BigInteger[] expected = [.. n.Select(a => a.Inverse(_modulus))];
        return _field.TryInvertAll(n) && n.SequenceEqual(expected);
    });

    [Fact]
    public void Batch_inversion_with_a_zero_changes_nothing()
    {
        BigInteger[] numbers = [5, 0, 7];
        Assert.False(_field.TryInvertAll(numbers));
        Assert.Equal([5, 0, 7], numbers);
    }

    private BigInteger Expected(BigInteger[] factors) =>
        factors.Chunk(2).Aggregate(BigInteger.Zero, (sum, pair) => sum + (pair[0] * pair[1])) % _modulus;

    private void Unary(Func<BigInteger, BigInteger> oracle, Func<BigInteger, BigInteger> operation) =>
        ForAll(_number, a => operation(a) == oracle(a).Modulo(_modulus), Cases);

    private void Binary(Func<BigInteger, BigInteger, BigInteger> oracle, Func<BigInteger, BigInteger, BigInteger> operation) =>
        ForAll(_number.Two(), n => operation(n.Item1, n.Item2) == oracle(n.Item1, n.Item2).Modulo(_modulus), Cases);
}

/// <summary>The field of coordinates.</summary>
public sealed class BaseFieldTests() : PrimeFieldTests(new FieldUnderTest<BaseModulus>());

/// <summary>The field of scalars.</summary>
public sealed class ScalarFieldTests() : PrimeFieldTests(new FieldUnderTest<ScalarModulus>());
