namespace ProvingMarket.Proofs.Bn254.Pairings;

/// <summary>The number x that defines BN254, and the recodings of it that loops run over, most significant digit first.</summary>
internal static class BnParameter
{
    public const ulong X = 4965661367192848881;

    /// <summary>
    /// 6x + 2 in signed digits: a binary form with few digits that are not zero (non-adjacent, but for a leading 1, 1, which saves
    /// the doubling that 1, 0, −1 would take).
    /// </summary>
    public static ReadOnlySpan<sbyte> AteLoop =>
    [
        1, 1, 0, 1, 0, 0, 0, -1, 0, -1, 0, 0, 0, -1, 0, 1, 0, -1, 0, 0, -1, 0, 0, 0, 0, 0, 1, 0, 0, -1, 0, 1, 0,
        0, -1, 0, 0, 0, 0, -1, 0, 1, 0, 0, 0, -1, 0, -1, 0, 0, 1, 0, 0, 0, -1, 0, 0, -1, 0, 1, 0, 1, 0, 0, 0,
    ];

    /// <summary>x in signed odd digits up to 7, at least three zeros between two of them.</summary>
    public static ReadOnlySpan<sbyte> XWindows =>
    [
        1, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, -3, 0, 0, 0, 3, 0, 0, 0, 0, 5, 0, 0, 0, -5, 0, 0, 0, -3, 0, 0, 0,
        1, 0, 0, 0, 0, 5, 0, 0, 0, 0, 7, 0, 0, 0, -7, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, -1, 0, 0, 0, 1,
    ];
}
