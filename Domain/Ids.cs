namespace ProvingMarket.Domain;

/// <summary>The form of ids that people and clients choose: requests, accounts, provers.</summary>
public static class Ids
{
    /// <summary>Refuses an id that is empty, longer than <see cref="MarketLimits.IdLength"/> or has characters other than letters,
    /// digits, <c>.</c>, <c>_</c>, <c>-</c> and <c>:</c>. Returns null when it is fine.</summary>
    public static Refusal? Check(string field, string? id)
    {
        if (string.IsNullOrEmpty(id)) return Refusal.Of(ReasonCode.FieldMissing, field, "an id");
        if (id.Length > MarketLimits.IdLength)
            return Refusal.Of(ReasonCode.FieldTooLarge, field, $"at most {MarketLimits.IdLength} characters", $"{id.Length} characters");
        foreach (var c in id)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-' or ':'))
                return Refusal.Of(ReasonCode.FieldMalformed, field, "letters, digits, '.', '_', '-' and ':'", id);
        }
        return null;
    }

    /// <summary>Refuses anything but 64 lower-case hexadecimal digits. Returns null when it is fine.</summary>
    public static Refusal? CheckSha256(string field, string? digest)
    {
        if (string.IsNullOrEmpty(digest)) return Refusal.Of(ReasonCode.FieldMissing, field, "a SHA-256 digest");
        return digest.Length == 64 && digest.All(char.IsAsciiHexDigitLower)
            ? null
            : Refusal.Of(ReasonCode.FieldMalformed, field, "64 lower-case hexadecimal digits", digest);
    }
}
