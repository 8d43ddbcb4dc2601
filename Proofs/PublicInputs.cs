using System.Collections.Immutable;
using ProvingMarket.Proofs.Bn254.Fields;

namespace ProvingMarket.Proofs;

/// <summary>The public inputs of a statement: numbers below the scalar field's modulus, in order. Immutable.</summary>
public sealed class PublicInputs
{
    internal PublicInputs(ImmutableArray<U256> values) => Values = values;

    /// <summary>How many there are.</summary>
    public int Count => Values.Length;

    internal ImmutableArray<U256> Values { get; }
}
