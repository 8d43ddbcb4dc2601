namespace ProvingMarket.Simulation.Study.Results;

/// <summary>An estimate with its 95 % confidence interval.</summary>
/// <param name="Value">The estimate.</param>
/// <param name="Low">The lower end.</param>
/// <param name="High">The upper end.</param>
public readonly record struct Interval(double Value, double Low, double High);
