using System.Reflection;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Grains.Tests;

/// <summary>There are as many requests and runs as there is work: each must leave memory soon after it has been needed.</summary>
public sealed class GrainLifetimeTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    public static TheoryData<Type> ShortLived =>
        [.. typeof(MarketOptions).Assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false }
            && (type.IsAssignableTo(typeof(IProofRequestGrain)) || type.IsAssignableTo(typeof(IMechanismRunGrain))))];

    [Fact]
    public void Requests_and_runs_are_found() => Assert.True(ShortLived.Count >= 2);

    [Theory]
    [MemberData(nameof(ShortLived))]
    public void Requests_and_runs_are_collected_soon(Type grainClass)
    {
        ArgumentNullException.ThrowIfNull(grainClass);
        var age = grainClass.GetCustomAttribute<CollectionAgeLimitAttribute>();

        Assert.True(age is { AlwaysActive: false } && age.AgeLimit <= Longest, $"{grainClass} stays for {age?.AgeLimit.ToString() ?? "the silo's default"}");
    }
}
