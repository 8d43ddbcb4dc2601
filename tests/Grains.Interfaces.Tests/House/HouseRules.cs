namespace ProvingMarket.Grains.Interfaces.Tests.House;

/// <summary>Which assembly of the house may use which: arrows point one way, Domain and Proofs at the bottom.</summary>
public static class HouseRules
{
    private const string Prefix = "ProvingMarket.";

    private static readonly string[] SerializationMarks =
        ["Orleans.AliasAttribute", "Orleans.GenerateSerializerAttribute", "Orleans.IdAttribute", "Orleans.ImmutableAttribute"];

    /// <summary>What each assembly may use of ours.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Allowed = new Dictionary<string, string[]>
    {
        ["ProvingMarket.Domain"] = [],
        ["ProvingMarket.Proofs"] = [],
        ["ProvingMarket.Grains.Interfaces"] = ["ProvingMarket.Domain"],
        ["ProvingMarket.Grains"] = ["ProvingMarket.Domain", "ProvingMarket.Grains.Interfaces", "ProvingMarket.Proofs", "ProvingMarket.Serialization"],
        ["ProvingMarket.Client"] = ["ProvingMarket.Domain", "ProvingMarket.Grains.Interfaces", "ProvingMarket.Proofs"],
    };

    /// <summary>What an assembly uses against the rules of the assembly called <paramref name="rulesOf"/>.</summary>
    public static IEnumerable<string> Check(AssemblyUse use, string rulesOf)
    {
        foreach (var other in use.Assemblies.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Except(Allowed[rulesOf]))
            yield return $"{use.Name} uses {other}; {rulesOf} may use {Join(Allowed[rulesOf])}";

        switch (rulesOf)
        {
            case "ProvingMarket.Domain":
                foreach (var type in use.EngineTypes.Except(SerializationMarks))
                    yield return $"{use.Name} uses {type} of the engine; {rulesOf} may use {Join(SerializationMarks)}";
                break;
            case "ProvingMarket.Proofs":
                foreach (var engine in use.Assemblies.Where(AssemblyUse.IsEngine)) yield return $"{use.Name} uses {engine}; {rulesOf} may use no engine";
                break;
        }
        if (rulesOf is not ("ProvingMarket.Domain" or "ProvingMarket.Proofs")) yield break;
        foreach (var other in use.Assemblies.Where(name => !IsFramework(name) && !name.StartsWith(Prefix, StringComparison.Ordinal) && !AssemblyUse.IsEngine(name)))
            yield return $"{use.Name} uses {other}; {rulesOf} may use nothing but the framework";
    }

    private static bool IsFramework(string assembly) => assembly.StartsWith("System.", StringComparison.Ordinal) || assembly == "netstandard";

    private static string Join(string[] names) => names.Length == 0 ? "none of ours" : string.Join(", ", names);
}
