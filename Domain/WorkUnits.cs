using System.Globalization;

namespace ProvingMarket.Domain;

/// <summary>The size of a proof job in the program's own unit (thousands of constraints for circuits, Mcycles for zkVMs), counted in
/// thousandths of that unit, so 1 is one constraint or one thousand cycles.</summary>
[GenerateSerializer, Immutable, Alias("pm.WorkUnits")]
public readonly record struct WorkUnits
{
    /// <summary>A size of <paramref name="milli"/> thousandths of a unit.</summary>
    public WorkUnits(long milli) => Milli = milli;

    /// <summary>Thousandths of a unit; positive.</summary>
    [Id(0)] public long Milli { get; init; }

    /// <summary>The price of this much work at <paramref name="pricePerUnit"/> credits per whole unit, rounded up. Within
    /// <see cref="MarketLimits.Work"/> and <see cref="MarketLimits.AskPerUnit"/> it can always be represented.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The price is negative.</exception>
    /// <exception cref="OverflowException">The result cannot be represented.</exception>
    public Credits PriceAt(Credits pricePerUnit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(pricePerUnit.Micro, nameof(pricePerUnit));
        return new Credits(checked((long)(((Int128)pricePerUnit.Micro * Milli + 999) / 1000)));
    }

    /// <summary>The size in whole units.</summary>
    public override string ToString() => ((decimal)Milli / 1000).ToString("0.###", CultureInfo.InvariantCulture);
}
