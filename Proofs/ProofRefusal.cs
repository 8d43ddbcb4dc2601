namespace ProvingMarket.Proofs;

/// <summary>Why an input was refused: what stands where, what would have been right, and what was found.</summary>
/// <param name="Code">The closed reason code.</param>
/// <param name="Field">The place, as a path such as <c>pi_b[0][1]</c>, or <c>key</c>, <c>proof</c> or <c>public</c> for a whole document.</param>
/// <param name="Message">A sentence for people that names field, limit and value.</param>
/// <param name="Limit">The limit or the expected value, where there is one.</param>
/// <param name="Value">The offending value, shortened and free of control characters, where there is one.</param>
public sealed record ProofRefusal(ProofRefusalCode Code, string Field, string Message, string? Limit = null, string? Value = null)
{
    private const int LongestValue = 80;

    /// <summary>Which kind of fault it is.</summary>
    public ProofFault Fault => (int)Code switch
    {
        < 200 => ProofFault.Document,
        < 300 => ProofFault.Value,
        < 400 => ProofFault.Key,
        _ => ProofFault.Statement,
    };

    /// <summary>A refusal whose value comes from outside: it is shortened and made printable.</summary>
    internal static ProofRefusal Of(ProofRefusalCode code, string field, string rule, string? limit, ReadOnlySpan<byte> value)
    {
        var shown = Printable(value);
        return new(code, field, $"{field} {rule}, not \"{shown}\".", limit, shown);
    }

    private static string Printable(ReadOnlySpan<byte> value)
    {
        var length = int.Min(value.Length, LongestValue);
        return string.Create(length + (value.Length > length ? 1 : 0), value, static (text, bytes) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                var shortened = i == LongestValue;
                text[i] = shortened ? '…' : bytes[i] is >= 0x20 and < 0x7f and not (byte)'"' ? (char)bytes[i] : '?';
            }
        });
    }
}

/// <summary>Who is at fault when a proof is refused.</summary>
public enum ProofFault
{
    /// <summary>A document cannot be read as what it claims to be.</summary>
    Document = 1,

    /// <summary>A document is readable, but a value of the proof or of the public inputs is not allowed.</summary>
    Value = 2,

    /// <summary>The verification key is unusable.</summary>
    Key = 3,

    /// <summary>Everything is well-formed, and the proof does not prove the statement.</summary>
    Statement = 4,
}
