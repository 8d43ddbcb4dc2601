namespace ProvingMarket.Proofs.Bn254.Fields;

/// <summary>What curve formulas need of the field that their coordinates live in: Fp for G1, Fp2 for G2.</summary>
/// <remarks>
/// Results go to <c>out</c> parameters, which may be the same variable as an operand: a returned struct would be copied once
/// more, and the copy waits for the stores it reads. Operators stand beside them for code where clarity counts more.
/// </remarks>
internal interface IField<TSelf> : IEquatable<TSelf>
    where TSelf : struct, IField<TSelf>
{
    static abstract TSelf Zero { get; }

    static abstract TSelf One { get; }

    bool IsZero { get; }

    static abstract void Add(in TSelf a, in TSelf b, out TSelf sum);

    static abstract void Subtract(in TSelf a, in TSelf b, out TSelf difference);

    static abstract void Negate(in TSelf a, out TSelf negative);

    static abstract void Multiply(in TSelf a, in TSelf b, out TSelf product);

    static abstract void Square(in TSelf a, out TSelf square);

    /// <summary>The multiplicative inverse; zero for zero.</summary>
    static abstract void Invert(in TSelf a, out TSelf inverse);

    static abstract TSelf operator +(in TSelf a, in TSelf b);

    static abstract TSelf operator -(in TSelf a, in TSelf b);

    static abstract TSelf operator -(in TSelf a);

    static abstract TSelf operator *(in TSelf a, in TSelf b);

    static abstract bool operator ==(in TSelf a, in TSelf b);

    static abstract bool operator !=(in TSelf a, in TSelf b);
}
