using System.Diagnostics.CodeAnalysis;

namespace ProvingMarket.Client;

/// <summary>The market could not be reached for as long as <see cref="MarketClientOptions.GiveUpAfter"/> allows. Whether the last attempt was
/// carried out is unknown; the same call with the same ids may be repeated at any time and has its effect once.</summary>
[SuppressMessage("Design", "CA1032:Implement standard exception constructors", Justification = "Thrown by the client only.")]
public sealed class MarketUnavailableException : Exception
{
    internal MarketUnavailableException(string what, TimeSpan after, Exception last)
        : base($"{what}: no answer from the market for {after.TotalSeconds:0.#} s; it may have been carried out. Last failure: {last.Message}", last)
    {
    }
}
