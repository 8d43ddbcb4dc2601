using System.Collections.Immutable;

namespace ProvingMarket.Domain.Provers;

/// <summary>What a well-formed offer is.</summary>
public static class ProverRules
{
    /// <summary>Refuses an offer that is incomplete or outside a range; null when it is fine.</summary>
    public static Refusal? Check(ProverOffer offer) =>
        Ids.Check("proverId", offer.ProverId)
        ?? Ids.Check("account", offer.Account)
        ?? CheckCapacity(offer)
        ?? CheckMoney("askPerUnit", offer.AskPerUnit, MarketLimits.AskPerUnit)
        ?? CheckMoney("maxBond", offer.MaxBond ?? Credits.Zero, MarketLimits.Amount)
        ?? CheckPrograms(offer.Programs)
        ?? CheckHardware(offer.Hardware);

    private static Refusal? CheckCapacity(ProverOffer offer)
    {
        if (offer.Slots is < 1 or > MarketLimits.ProverSlots)
            return Refusal.Of(ReasonCode.OutOfRange, "slots", $"1 to {MarketLimits.ProverSlots}", $"{offer.Slots}");
        if (offer.MilliUnitsPerSecond <= 0)
            return Refusal.Of(ReasonCode.OutOfRange, "milliUnitsPerSecond", "positive", $"{offer.MilliUnitsPerSecond}");
        if (offer.AvailabilityPercent is < 1 or > 100)
            return Refusal.Of(ReasonCode.OutOfRange, "availabilityPercent", "1 to 100", $"{offer.AvailabilityPercent}");
        return offer.LatencyP95 <= TimeSpan.Zero ? Refusal.Of(ReasonCode.OutOfRange, "latencyP95", "positive", $"{offer.LatencyP95}") : null;
    }

    private static Refusal? CheckMoney(string field, Credits amount, Credits most) =>
        amount < Credits.Zero || amount > most
            ? Refusal.Of(ReasonCode.OutOfRange, field, $"0 to {most} credits", amount.ToString())
            : null;

    private static Refusal? CheckPrograms(ImmutableArray<string> programs)
    {
        if (programs.IsDefaultOrEmpty) return Refusal.Of(ReasonCode.FieldMissing, "programs", "at least one program");
        if (programs.Length > MarketLimits.ListEntries)
            return Refusal.Of(ReasonCode.FieldTooLarge, "programs", $"at most {MarketLimits.ListEntries} entries", $"{programs.Length}");
        foreach (var program in programs)
        {
            if (Ids.CheckSha256("programs", program) is { } refusal) return refusal;
        }
        return null;
    }

    private static Refusal? CheckHardware(ImmutableArray<string> hardware)
    {
        if (hardware.IsDefault) return Refusal.Of(ReasonCode.FieldMissing, "hardware", "a list, which may be empty");
        if (hardware.Length > MarketLimits.ListEntries)
            return Refusal.Of(ReasonCode.FieldTooLarge, "hardware", $"at most {MarketLimits.ListEntries} entries", $"{hardware.Length}");
        foreach (var tag in hardware)
        {
            if (Ids.Check("hardware", tag) is { } refusal) return refusal;
        }
        return null;
    }
}
