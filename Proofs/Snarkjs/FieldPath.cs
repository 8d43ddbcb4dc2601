using System.Text;

namespace ProvingMarket.Proofs.Snarkjs;

/// <summary>A place in a document: a field and up to three indices. Only a refusal makes text of it.</summary>
internal readonly record struct FieldPath(string Name, int First = -1, int Second = -1, int Third = -1)
{
    /// <summary>An element of the array at this place.</summary>
    public FieldPath this[int index] =>
        First < 0 ? this with { First = index } : Second < 0 ? this with { Second = index } : this with { Third = index };

    public override string ToString()
    {
        var text = new StringBuilder(Name);
        foreach (var index in (ReadOnlySpan<int>)[First, Second, Third])
        {
            if (index >= 0)
                text.Append('[').Append(index).Append(']');
        }

        return text.ToString();
    }
}
