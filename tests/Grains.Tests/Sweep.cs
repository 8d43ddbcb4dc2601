namespace ProvingMarket.Grains.Tests;

/// <summary>Marks tests that play the same story once for every write in it, with a fault there. They start silos by the hundred and ask what the market's own rules make of the
/// fault, which is the same on every engine: <c>dotnet test --filter "Sweep!=EveryWrite"</c> leaves them out.</summary>
internal static class Sweep
{
    /// <summary>The trait's name.</summary>
    public const string Kind = nameof(Sweep);

    /// <summary>A fault at every write.</summary>
    public const string EveryWrite = nameof(EveryWrite);
}
