namespace ProvingMarket.Domain;

/// <summary>Checks of amounts that are to be moved.</summary>
public static class Amounts
{
    /// <summary>Refuses what no movement of money or stake may carry, under the field <c>amount</c>: nothing or less with <see cref="ReasonCode.AmountNotPositive"/>, more than
    /// <see cref="MarketLimits.Amount"/> with <see cref="ReasonCode.OutOfRange"/>. Null when it may.</summary>
    public static Refusal? Check(Credits amount)
    {
        if (amount <= Credits.Zero) return Refusal.Of(ReasonCode.AmountNotPositive, "amount", "above 0 credits", amount.ToString());
        return amount > MarketLimits.Amount
            ? Refusal.Of(ReasonCode.OutOfRange, "amount", $"at most {MarketLimits.Amount} credits", amount.ToString())
            : null;
    }
}
