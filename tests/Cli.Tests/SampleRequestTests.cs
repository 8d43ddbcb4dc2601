using ProvingMarket.Client;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Cli.Tests;

/// <summary>Every sample is a request that the market's rules accept, also those that the demo does not run.</summary>
public sealed class SampleRequestTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "samples", "requests");

    public static TheoryData<string> Samples => [.. Directory.GetFiles(Folder, "*.json").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_sample_is_a_request(string name)
    {
        var (file, refusal) = RequestFile.Read(Path.Combine(Folder, name));
        Assert.Null(refusal);
        var catalog = CircuitCatalog.Open(Path.Combine(AppContext.BaseDirectory, "circuits")).Catalog;
        Assert.Null(file!.ToSpec(catalog, DateTimeOffset.UtcNow, "r1", "alice").Refusal);
    }

    [Fact]
    public void One_sample_has_fallbacks()
    {
        var fallbacks = RequestFile.Read(Path.Combine(Folder, "with-fallbacks.json")).File!.Fallbacks;
        Assert.Equal(["race", "race"], fallbacks.Select(fallback => fallback.Mechanism.Name));
        Assert.Equal([FailureCause.NobodyBid], fallbacks[0].Causes.AsEnumerable());
        Assert.Empty(fallbacks[1].Causes);
    }
}
