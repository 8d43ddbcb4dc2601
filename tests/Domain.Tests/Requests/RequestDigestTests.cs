using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Qos;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Tests.Requests;

public sealed class RequestDigestTests
{
    [Fact]
    public void Is_the_same_for_the_same_request()
    {
        var digest = RequestRules.DigestOf(Full());
        Assert.Equal(digest, RequestRules.DigestOf(Full()));
        Assert.Null(Ids.CheckSha256("digest", digest));
    }

    [Fact]
    public void Is_the_same_for_the_same_instant_in_another_time_zone()
    {
        var spec = Full();
        var elsewhere = spec with { SoftDeadline = spec.SoftDeadline.ToOffset(TimeSpan.FromHours(5)), HardDeadline = spec.HardDeadline.ToOffset(TimeSpan.FromHours(-3)) };
        Assert.Equal(RequestRules.DigestOf(spec), RequestRules.DigestOf(elsewhere));
    }

    [Fact]
    public void Every_change_of_a_single_field_changes_it()
    {
        var spec = Full();
        var digests = new Dictionary<string, string> { [RequestRules.DigestOf(spec)] = "nothing" };
        var paths = new HashSet<string>();
        foreach (var (path, changed) in Variations.Of(spec))
        {
            var digest = RequestRules.DigestOf(changed);
            Assert.True(digests.TryAdd(digest, path), $"Changing {path} gives the digest of changing {digests.GetValueOrDefault(digest)}.");
            paths.Add(path);
            // And is told by the field's name.
            var field = path.Split('.', '[')[0];
            Assert.Equal<string>([char.ToLowerInvariant(field[0]) + field[1..]], RequestRules.DifferencesOf(spec, changed));
        }
        Assert.Empty(RequestRules.DifferencesOf(spec, Full()));
        Assert.Equal<string>(["maxPrice", "halfLife"], RequestRules.DifferencesOf(spec, spec with { HalfLife = TimeSpan.FromDays(1), MaxPrice = new Credits(1) }));
        Assert.Superset(
            new HashSet<string> { "RequestId", "Input", "Weights.Safety", "Constraints.MinStake", "Constraints.DeniedProvers[1]", "Mechanism.Parameters[bond]" },
            paths);
    }

    [Fact]
    public void Does_not_depend_on_how_the_parameters_are_sorted()
    {
        var spec = Full();
        var reversed = spec.Mechanism!.Parameters.WithComparers(Comparer<string>.Create((a, b) => string.CompareOrdinal(b, a)));
        Assert.NotEqual(spec.Mechanism.Parameters.Keys, reversed.Keys);
        Assert.Equal(RequestRules.DigestOf(spec), RequestRules.DigestOf(spec with { Mechanism = spec.Mechanism with { Parameters = reversed } }));
    }

    [Fact]
    public void Naming_no_mechanism_differs_from_naming_one()
    {
        Assert.NotEqual(
            RequestRules.DigestOf(Full() with { Mechanism = null }),
            RequestRules.DigestOf(Full() with { Mechanism = new MechanismChoice { Name = "" } }));
    }

    [Fact]
    public void What_moves_from_one_list_to_the_next_changes_it()
    {
        var a = Full() with { Constraints = new RequestConstraints { AllowedProvers = ["a", "b"], DeniedProvers = [] } };
        var b = Full() with { Constraints = new RequestConstraints { AllowedProvers = ["a"], DeniedProvers = ["b"] } };
        Assert.NotEqual(RequestRules.DigestOf(a), RequestRules.DigestOf(b));
    }

    [Fact]
    public void A_request_with_something_missing_has_another_digest()
    {
        // The digest is compared before the body is checked: a broken second body must not pass for the first, nor throw.
        var digest = RequestRules.DigestOf(Full());
        foreach (var (field, spec) in Absences.Of(Full())) Assert.True(RequestRules.DigestOf(spec) != digest, field);
        var without = Full() with { Mechanism = new MechanismChoice { Name = "race", Parameters = Full().Mechanism!.Parameters.SetItem("bond", null!) } };
        Assert.NotEqual(digest, RequestRules.DigestOf(without));
    }

    private static ProofRequestSpec Full() => Samples.Spec() with
    {
        Statements = [new() { PublicInputs = Bytes.Utf8("11"), Input = Bytes.Utf8("aa") }, new() { PublicInputs = Bytes.Utf8("22"), Input = Bytes.Utf8("bb") }],
        Fallbacks = [new RequestFallback { Mechanism = Samples.Choice(("bond", "2"), ("decay", "none")), Causes = [FailureCause.Late] }],
        HalfLife = TimeSpan.FromSeconds(30),
        Weights = new QosWeights { Speed = 1, Cost = 2, Safety = 3, CensorshipResistance = 4 },
        Constraints = new RequestConstraints
        {
            MinRedundancy = 2,
            MinStake = Credits.Whole(5),
            Hardware = ["gpu", "avx512"],
            AllowedProvers = ["p1", "p2", "p3"],
            DeniedProvers = ["p4", "p5"],
        },
        Mechanism = new MechanismChoice
        {
            Name = "race",
            Parameters = ImmutableSortedDictionary<string, string>.Empty.Add("bond", "1").Add("reward", "2"),
        },
    };
}
