namespace ProvingMarket.Proofs.Bn254.Fields;

/// <summary>Many inversions for the price of one and three products each (Montgomery's trick).</summary>
internal static class BatchInversion
{
    /// <summary>
    /// Inverts every element in place. False when one of them is zero, and then nothing has been inverted.
    /// </summary>
    /// <param name="elements">The elements.</param>
    /// <param name="scratch">As many places for intermediate products.</param>
    public static bool TryInvert<TField>(Span<TField> elements, Span<TField> scratch)
        where TField : struct, IField<TField>
    {
        var product = TField.One;
        for (var i = 0; i < elements.Length; i++)
        {
            scratch[i] = product;
            TField.Multiply(product, elements[i], out product);
        }

        if (product.IsZero)
            return false;

        TField.Invert(product, out var inverse);
        for (var i = elements.Length - 1; i >= 0; i--)
        {
            TField.Multiply(inverse, scratch[i], out var inverted);
            TField.Multiply(inverse, elements[i], out inverse);
            elements[i] = inverted;
        }

        return true;
    }
}
