namespace ProvingMarket.Proofs;

/// <summary>The closed list of reasons for which a key, a proof or public inputs are refused. Numbers are never reused.</summary>
public enum ProofRefusalCode
{
    /// <summary>The document is not JSON (RFC 8259), or something follows it.</summary>
    MalformedJson = 101,

    /// <summary>The document has more bytes than the limit.</summary>
    DocumentTooLarge = 102,

    /// <summary>Objects and arrays are nested deeper than the limit.</summary>
    NestedTooDeep = 103,

    /// <summary>A field is missing.</summary>
    MissingField = 104,

    /// <summary>A field stands there twice.</summary>
    DuplicateField = 105,

    /// <summary>A value has another JSON type than its place asks for.</summary>
    WrongType = 106,

    /// <summary>An array has too few or too many elements.</summary>
    WrongLength = 107,

    /// <summary>The document says that it belongs to another proof system.</summary>
    WrongProtocol = 108,

    /// <summary>The document says that it belongs to another curve.</summary>
    WrongCurve = 109,

    /// <summary>A number is not written in plain decimal digits: no sign, no space, no leading zero, no exponent.</summary>
    NotDecimal = 110,

    /// <summary>A number has more digits than any field element.</summary>
    NumberTooLong = 111,

    /// <summary>There are more public inputs than the limit.</summary>
    TooManyPublicInputs = 112,

    /// <summary>A field's name is written with escapes.</summary>
    EscapedName = 113,

    /// <summary>A coordinate or a public input is not below its field's modulus.</summary>
    NotCanonical = 201,

    /// <summary>A point does not satisfy its curve's equation.</summary>
    NotOnCurve = 202,

    /// <summary>A point lies on the twist, but not in the subgroup of order r.</summary>
    NotInSubgroup = 203,

    /// <summary>A point at infinity where none is allowed.</summary>
    PointAtInfinity = 204,

    /// <summary>A point's third coordinate is neither one nor the zero of the point at infinity.</summary>
    NotAffine = 205,

    /// <summary>The number of public inputs is not the one that the key asks for.</summary>
    WrongPublicInputCount = 206,

    /// <summary>The key's <c>nPublic</c> does not fit its <c>IC</c>.</summary>
    KeyInputCountMismatch = 301,

    /// <summary>The key's <c>vk_alphabeta_12</c> is not the pairing of its alpha and beta.</summary>
    KeyPairingMismatch = 302,

    /// <summary>The key was prepared by another proof system.</summary>
    KeyOfAnotherSystem = 303,

    /// <summary>The key's delta is its gamma or the opposite: its setup was never finished, and anyone can forge proofs for it.</summary>
    KeyForgeable = 304,

    /// <summary>The pairing equation does not hold.</summary>
    EquationFailed = 401,
}
