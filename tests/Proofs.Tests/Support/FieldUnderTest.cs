using ProvingMarket.Proofs.Bn254.Fields;

namespace ProvingMarket.Proofs.Tests.Support;

/// <summary>A prime field as functions of numbers, so that one set of tests serves both fields.</summary>
internal interface IFieldUnderTest
{
    BigInteger Modulus { get; }

    BigInteger RoundTrip(BigInteger a);

    BigInteger Add(BigInteger a, BigInteger b);

    BigInteger Subtract(BigInteger a, BigInteger b);

    BigInteger Multiply(BigInteger a, BigInteger b);

    BigInteger Negate(BigInteger a);

    BigInteger Double(BigInteger a);

    BigInteger Halve(BigInteger a);

    BigInteger Square(BigInteger a);

    BigInteger Invert(BigInteger a);

    BigInteger Power(BigInteger a, BigInteger exponent);

    BigInteger NineTimesPlus(BigInteger a, BigInteger b);

    BigInteger NineTimesMinus(BigInteger a, BigInteger b);

    BigInteger SumOfProducts(BigInteger[] factors);

    bool Accepts(BigInteger number);

    bool AreEqual(BigInteger a, BigInteger b);

    bool TryInvertAll(BigInteger[] numbers);
}

internal sealed class FieldUnderTest<TModulus> : IFieldUnderTest
    where TModulus : struct, IModulus
{
    public BigInteger Modulus { get; } = PrimeField<TModulus>.Modulus.ToBigInteger();

    public BigInteger RoundTrip(BigInteger a) => a.To<TModulus>().ToBigInteger();

    public BigInteger Add(BigInteger a, BigInteger b) => (a.To<TModulus>() + b.To<TModulus>()).ToBigInteger();

    public BigInteger Subtract(BigInteger a, BigInteger b) => (a.To<TModulus>() - b.To<TModulus>()).ToBigInteger();

    public BigInteger Negate(BigInteger a) => (-a.To<TModulus>()).ToBigInteger();

    public BigInteger Power(BigInteger a, BigInteger exponent) => a.To<TModulus>().Power(exponent.ToU256()).ToBigInteger();

    public bool Accepts(BigInteger number) =>
        PrimeField<TModulus>.TryCreate(number.ToU256(), out var element) && element.ToBigInteger() == number;

    public bool AreEqual(BigInteger a, BigInteger b) => a.To<TModulus>() == b.To<TModulus>();

    // The rest writes its result over an operand, which must make no difference.
    public BigInteger Multiply(BigInteger a, BigInteger b)
    {
        PrimeField<TModulus> left = a.To<TModulus>(), right = b.To<TModulus>(), again = right;
        PrimeField<TModulus>.Multiply(left, again, out again);
        PrimeField<TModulus>.Multiply(left, right, out left);
        Assert.Equal(left, again);
        return left.ToBigInteger();
    }

    public BigInteger Double(BigInteger a)
    {
        var element = a.To<TModulus>();
        PrimeField<TModulus>.Double(element, out element);
        return element.ToBigInteger();
    }

    public BigInteger Halve(BigInteger a)
    {
        var element = a.To<TModulus>();
        PrimeField<TModulus>.Halve(element, out element);
        return element.ToBigInteger();
    }

    public BigInteger Square(BigInteger a)
    {
        var element = a.To<TModulus>();
        PrimeField<TModulus>.Square(element, out element);
        return element.ToBigInteger();
    }

    public BigInteger Invert(BigInteger a)
    {
        var element = a.To<TModulus>();
        PrimeField<TModulus>.Invert(element, out element);
        return element.ToBigInteger();
    }

    public BigInteger NineTimesPlus(BigInteger a, BigInteger b)
    {
        var element = a.To<TModulus>();
        PrimeField<TModulus>.NineTimesPlus(element, b.To<TModulus>(), out element);
        return element.ToBigInteger();
    }

    public BigInteger NineTimesMinus(BigInteger a, BigInteger b)
    {
        var element = a.To<TModulus>();
        PrimeField<TModulus>.NineTimesMinus(element, b.To<TModulus>(), out element);
        return element.ToBigInteger();
    }

    public BigInteger SumOfProducts(BigInteger[] factors)
    {
        var e = Array.ConvertAll(factors, f => f.To<TModulus>());
        if (e.Length == 4)
            PrimeField<TModulus>.SumOfProducts(e[0], e[1], e[2], e[3], out e[0]);
        else if (e.Length == 8)
            PrimeField<TModulus>.SumOfProducts(e[0], e[1], e[2], e[3], e[4], e[5], e[6], e[7], out e[0]);
        else
            PrimeField<TModulus>.SumOfProducts(e[0], e[1], e[2], e[3], e[4], e[5], e[6], e[7], e[8], e[9], e[10], e[11], out e[0]);
        return e[0].ToBigInteger();
    }

    public bool TryInvertAll(BigInteger[] numbers)
    {
        var elements = Array.ConvertAll(numbers, n => n.To<TModulus>());
        var inverted = BatchInversion.TryInvert<PrimeField<TModulus>>(elements, new PrimeField<TModulus>[numbers.Length]);
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = elements[i].ToBigInteger();
        return inverted;
    }
}
