using System.Diagnostics.CodeAnalysis;

namespace ProvingMarket.Proofs;

/// <summary>A parsed value, or the refusal that says why there is none.</summary>
/// <typeparam name="T">What was parsed.</typeparam>
public sealed class ParseResult<T>
    where T : class
{
    private readonly T? _value;

    private ParseResult(T? value, ProofRefusal? refusal)
    {
        _value = value;
        Refusal = refusal;
    }

    /// <summary>The refusal; null when there is a value.</summary>
    public ProofRefusal? Refusal { get; }

    /// <summary>A refusal is a result.</summary>
    /// <param name="refusal">Why there is no value.</param>
    public static implicit operator ParseResult<T>(ProofRefusal refusal) => new(null, refusal);

    /// <summary>A parsed value.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The result.</returns>
    public static ParseResult<T> Parsed(T value) => new(value, null);

    /// <summary>Gives the value or the refusal.</summary>
    /// <param name="value">The value, when the answer is true.</param>
    /// <param name="refusal">The refusal, when the answer is false.</param>
    /// <returns>Whether there is a value.</returns>
    public bool TryGet([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out ProofRefusal? refusal)
    {
        (value, refusal) = (_value, Refusal);
        return value is not null;
    }
}
