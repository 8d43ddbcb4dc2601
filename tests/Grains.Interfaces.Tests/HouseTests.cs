using ProvingMarket.Grains.Interfaces.Tests.House;

namespace ProvingMarket.Grains.Interfaces.Tests;

/// <summary>Dependencies point one way, and Domain knows of the engine only how to mark what travels.</summary>
public sealed class HouseTests
{
    public static TheoryData<string> Assemblies => [.. HouseRules.Allowed.Keys];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void An_assembly_uses_only_what_it_may(string name)
    {
        var violations = HouseRules.Check(Use(name), name).ToArray();
        Assert.True(violations.Length == 0, string.Join(Environment.NewLine, violations));
    }

    [Fact]
    public void The_use_of_other_assemblies_is_seen()
    {
        Assert.Contains("ProvingMarket.Domain", Use("ProvingMarket.Grains.Interfaces").Assemblies);
        Assert.Contains("ProvingMarket.Grains.Interfaces", Use("ProvingMarket.Grains").Assemblies);
        Assert.Contains("Orleans.GenerateSerializerAttribute", Use("ProvingMarket.Domain").EngineTypes);
        Assert.Contains("Orleans.IGrainWithStringKey", Use("ProvingMarket.Grains.Interfaces").EngineTypes);
    }

    [Fact]
    public void An_assembly_that_breaks_the_rules_is_caught()
    {
        // This assembly uses everything; judged by another's rules it breaks them.
        var own = Use("ProvingMarket.Grains.Interfaces.Tests");
        var asDomain = HouseRules.Check(own, "ProvingMarket.Domain").ToArray();
        Assert.Contains("ProvingMarket.Grains.Interfaces.Tests uses ProvingMarket.Grains.Interfaces; ProvingMarket.Domain may use none of ours", asDomain);
        Assert.Contains(asDomain, violation => violation.StartsWith("ProvingMarket.Grains.Interfaces.Tests uses xunit.core;", StringComparison.Ordinal));
        Assert.Contains(asDomain, violation => violation.Contains("uses Orleans.IGrainWithStringKey of the engine", StringComparison.Ordinal));
        Assert.DoesNotContain(asDomain, violation => violation.Contains("uses Orleans.AliasAttribute", StringComparison.Ordinal));

        Assert.Contains(HouseRules.Check(own, "ProvingMarket.Proofs"), violation => violation.EndsWith("ProvingMarket.Proofs may use no engine", StringComparison.Ordinal));
        Assert.Equal(
            [
                "ProvingMarket.Grains.Interfaces.Tests uses ProvingMarket.Grains.Interfaces; ProvingMarket.Grains.Interfaces may use ProvingMarket.Domain",
                "ProvingMarket.Grains.Interfaces.Tests uses ProvingMarket.Serialization; ProvingMarket.Grains.Interfaces may use ProvingMarket.Domain",
            ],
            HouseRules.Check(own, "ProvingMarket.Grains.Interfaces").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Types_of_the_engine_are_seen_wherever_code_names_them()
    {
        var types = Use("ProvingMarket.Grains.Interfaces.Tests").EngineTypes;
        Assert.Contains("Orleans.GrainTypeAttribute", types); // on a class
        Assert.Contains("Orleans.Concurrency.OneWayAttribute", types); // on a method
        Assert.Contains("Orleans.Runtime.PersistentStateAttribute", types); // on a parameter
        Assert.Contains("Orleans.Grain", types); // as a base
        Assert.Contains("Orleans.Runtime.IPersistentState`1", types); // in a signature
        Assert.Contains("Orleans.Runtime.GrainId", types); // in a method body only
    }

    private static AssemblyUse Use(string name) => AssemblyUse.Of(Path.Combine(AppContext.BaseDirectory, name + ".dll"));
}
