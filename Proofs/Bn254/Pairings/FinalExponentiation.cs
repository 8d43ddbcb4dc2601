using ProvingMarket.Proofs.Bn254.Fields;

namespace ProvingMarket.Proofs.Bn254.Pairings;

/// <summary>The power that turns a Miller loop's value into a pairing: f^((p⁶ − 1)(p² + 1)·e·(p⁴ − p² + 1)/r), e = 2x(6x² + 3x + 1).</summary>
/// <remarks>
/// The extra factor e is prime to r, so the result is a pairing as good as the one without, and the one that snarkjs computes. It
/// makes the last part cheap (Fuentes-Castañeda, Knapp and Rodríguez-Henríquez, "Faster hashing to G2", section 6): three
/// powers x and ten products.
/// </remarks>
internal static class FinalExponentiation
{
    public static void Run(in Fp12 value, out Fp12 result)
    {
        EasyPart(value, out var f);
        HardPart(f, out result);
    }

    /// <summary>f^((p⁶ − 1)(p² + 1)), which lies in the cyclotomic subgroup.</summary>
    private static void EasyPart(in Fp12 value, out Fp12 f)
    {
        Fp12.Invert(value, out var inverse);
        Fp12.Multiply(value.Conjugate, inverse, out var quotient);
        Frobenius.PowerP2(quotient, out f);
        Fp12.Multiply(f, quotient, out f);
    }

    /// <summary>
    /// f to the power λ₀ + λ₁p + λ₂p² + λ₃p³ with λ₂ = 12x³ + 6x² + 6x, λ₁ = λ₂ − 2x, λ₀ = λ₂ + 6x² + 1 and λ₃ = λ₁ − 1.
    /// </summary>
    private static void HardPart(in Fp12 f, out Fp12 result)
    {
        Cyclotomic.PowerX(f, out var fx);
        Cyclotomic.Square(fx, out var f2X);
        Cyclotomic.Square(f2X, out var f6X);
        Fp12.Multiply(f6X, f2X, out f6X);
        Cyclotomic.PowerX(f6X, out var f6Xx);
        Cyclotomic.Square(f6Xx, out var f12Xx);
        Cyclotomic.PowerX(f12Xx, out var power2);

        Fp12.Multiply(power2, f6Xx, out power2);
        Fp12.Multiply(power2, f6X, out power2);
        Fp12.Multiply(power2, f2X.Conjugate, out var power1);
        Fp12.Multiply(power2, f6Xx, out var power0);
        Fp12.Multiply(power0, f, out power0);
        Fp12.Multiply(power1, f.Conjugate, out var power3);

        Frobenius.PowerP(power1, out power1);
        Frobenius.PowerP2(power2, out power2);
        Frobenius.PowerP3(power3, out power3);
        Fp12.Multiply(power0, power1, out result);
        Fp12.Multiply(result, power2, out result);
        Fp12.Multiply(result, power3, out result);
    }
}
