using FsCheck;
using FsCheck.Fluent;
using ProvingMarket.Proofs.Bn254.Fields;

namespace ProvingMarket.Proofs.Tests.Support;

/// <summary>Random elements, with those that carries and reductions could get wrong much more often than chance has it.</summary>
internal static class Generators
{
    public static Arbitrary<BigInteger> Below(BigInteger modulus)
    {
        var uniform = Gen.ArrayOf(Gen.Choose(0, 255), 40)
            .Select(bytes => new BigInteger([.. bytes.Select(b => (byte)b)], isUnsigned: true) % modulus);
        var nearLimbs = Gen.Choose(0, 253).SelectMany(bit => Gen.Choose(-2, 2).Select(d => ((BigInteger.One << bit) + d).Modulo(modulus)));
        var nearModulus = Gen.Choose(-3, 3).Select(d => new BigInteger(d).Modulo(modulus));
        var topLimbOfModulus = uniform.Select(n => (modulus - (n >> 46)).Modulo(modulus));
        var plain = Gen.OneOf(uniform, nearLimbs, nearModulus, topLimbOfModulus);

        // What the limbs hold is the number times 2^260: both the number and its limbs should meet the edges.
        var unscale = (BigInteger.One << 260).Modulo(modulus).Inverse(modulus);
        return Gen.OneOf(plain, plain.Select(n => n * unscale % modulus)).ToArbitrary();
    }

    public static Gen<Fp> FpGen { get; } = Below(Numbers.P).Generator.Select(n => n.ToFp());

    public static Gen<Fp2> Fp2Gen { get; } = FpGen.Two().Select(pair => new Fp2(pair.Item1, pair.Item2));

    public static Gen<Fp6> Fp6Gen { get; } = Fp2Gen.Three().Select(t => new Fp6 { C0 = t.Item1, C1 = t.Item2, C2 = t.Item3 });

    public static Gen<Fp12> Fp12Gen { get; } = Fp6Gen.Two().Select(pair => new Fp12 { C0 = pair.Item1, C1 = pair.Item2 });

    public static Gen<BigInteger> ScalarGen { get; } = Below(Numbers.R).Generator;

    /// <summary>Multiples of the generator, infinity among them.</summary>
    public static Gen<G1Point> G1Gen { get; } = ScalarGen.Select(k => new G1Jacobian(Points.Generator1).Multiply(k.ToU256()).ToAffine());

    public static Gen<G2Point> G2Gen { get; } = ScalarGen.Select(k => new G2Jacobian(Points.Generator2).Multiply(k.ToU256()).ToAffine());

    /// <summary>Checks a property for generated values; a counterexample fails the test and is printed with its seed.</summary>
    public static void ForAll<T>(Gen<T> generator, Func<T, bool> property, int count = 100) =>
        Prop.ForAll(generator.ToArbitrary(), property).Check(Config.QuickThrowOnFailure.WithMaxTest(count));
}
