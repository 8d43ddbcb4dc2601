using System.Globalization;

namespace ProvingMarket.Domain.Mechanisms.Runs;

/// <summary>Follows what giving a lease back costs through a transcript: it is entered right after, and never without.</summary>
public sealed class PenaltyAudit
{
    private (string ProverId, Credits Amount)? _due;

    /// <summary>A prover has just given its lease back, and loses this much.</summary>
    public void Expect(string proverId, Credits amount)
    {
        if (amount > Credits.Zero) _due = (proverId, amount);
    }

    /// <summary>What does not follow in the next entry; null when it does.</summary>
    public string? Follow(TranscriptEntry entry)
    {
        var due = _due;
        _due = null;
        if (entry.Kind != TranscriptKind.Penalised) return due is { } unpaid ? $"{unpaid.ProverId} left and does not lose {unpaid.Amount} credits of its bond" : null;
        if (due is not { } owed || owed.ProverId != entry.ProverId) return $"{entry.ProverId} loses a part of its bond for nothing";
        var expected = owed.Amount.Micro.ToString(CultureInfo.InvariantCulture);
        return entry.Value == expected ? null : $"{entry.ProverId} loses {entry.Value}, and leaving costs {expected}";
    }
}
