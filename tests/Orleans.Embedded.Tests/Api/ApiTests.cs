using System.Reflection;
using Xunit.Abstractions;

namespace Orleans.Api;

/// <summary>Every public member of the engine is a member of the published Orleans, with the same shape. Orleans has more.</summary>
public sealed class ApiTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("Orleans.Embedded.Abstractions")]
    [InlineData("Orleans.Embedded.Runtime")]
    [InlineData("Orleans.Embedded.Testing")]
    public void Public_members_are_those_of_Orleans(string assembly)
    {
        var published = ApiTypes.Published();
        var differences = new List<string>();
        var compared = new List<string>();
        var elsewhere = new List<string>();
        foreach (var type in ApiTypes.Of(assembly).All.Where(type => !NotComparable.Own.Contains(type.Name)))
        {
            if (published.Find(type.Name) is { } theirs)
            {
                compared.Add(type.Name);
                differences.AddRange(type.DifferencesFrom(theirs, published));
            }
            else
            {
                elsewhere.Add(type.Name);
            }
        }

        output.WriteLine($"Compared with {published}: {compared.Count} types.");
        foreach (var name in compared) output.WriteLine($"  {name}");
        output.WriteLine($"Not comparable here, because the assembly of Orleans they live in is not one that restores everywhere: {elsewhere.Count} types.");
        foreach (var name in elsewhere) output.WriteLine($"  {name}");
        foreach (var difference in differences) output.WriteLine($"DIFFERENT: {difference}");

        Assert.Empty(differences);
        Assert.Equal(NotComparable.Types.Intersect(elsewhere).Order(StringComparer.Ordinal), elsewhere.Order(StringComparer.Ordinal));
        Assert.DoesNotContain(compared, NotComparable.Types.Contains);
    }

    /// <summary>The types that <see cref="Public_members_are_those_of_Orleans"/> cannot compare, where a build with Microsoft Orleans has restored the
    /// packages they live in.</summary>
    [FullApiTheory]
    [InlineData("Orleans.Embedded.Abstractions")]
    [InlineData("Orleans.Embedded.Runtime")]
    [InlineData("Orleans.Embedded.Testing")]
    public void The_rest_of_the_public_members_are_those_of_Orleans(string assembly)
    {
        var published = ApiTypes.AllPublished();
        var rest = ApiTypes.Of(assembly).All.Where(type => NotComparable.Types.Contains(type.Name)).ToList();
        output.WriteLine($"Compared with {published}: {rest.Count} types.");
        foreach (var type in rest) output.WriteLine($"  {type.Name}");

        Assert.Empty(rest.Where(type => published.Find(type.Name) is null).Select(type => $"{type.Name} is not in Orleans"));
        Assert.Empty(rest.SelectMany(type => type.DifferencesFrom(published.Find(type.Name)!, published)));
    }

    [Fact]
    public void A_difference_is_seen()
    {
        var published = ApiTypes.Published();
        var wrong = ApiTypes.Of(Assembly.GetExecutingAssembly().GetName().Name!);
        var differences = new[] { "IGrainTimer", "DeactivationReason", "IGrainBase", "ReentrantAttribute" }
            .SelectMany(name => wrong.Find($"Orleans.Api.Wrong.{name}")!.DifferencesFrom(published.All.Single(type => type.Name.EndsWith($".{name}", StringComparison.Ordinal)), published))
            .ToList();

        foreach (var difference in differences) output.WriteLine(difference);
        Assert.Contains(differences, difference => difference.Contains("Change(System.TimeSpan dueTime)", StringComparison.Ordinal));
        Assert.Contains(differences, difference => difference.Contains("get_Description", StringComparison.Ordinal));
        Assert.Contains(differences, difference => difference.Contains("readonly struct", StringComparison.Ordinal));
        Assert.Contains(differences, difference => difference.Contains("OnActivateAsync", StringComparison.Ordinal));
        Assert.Contains(differences, difference => difference.Contains("IDisposable", StringComparison.Ordinal));
        Assert.Contains(differences, difference => difference.Contains("multiple", StringComparison.Ordinal));
    }
}

/// <summary>Types that look like those of Orleans and are not.</summary>
public static class Wrong
{
    public interface IGrainTimer
    {
        void Change(TimeSpan dueTime);
    }

    public struct DeactivationReason
    {
        public int Description { get; set; }
    }

    public interface IGrainBase : IDisposable
    {
        Task OnActivateAsync(CancellationToken renamed);
    }

    [AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
    public sealed class ReentrantAttribute : Attribute
    {
    }
}
