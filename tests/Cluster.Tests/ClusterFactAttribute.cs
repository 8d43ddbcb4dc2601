namespace ProvingMarket.Cluster.Tests;

/// <summary>A test that needs Orleans' SQL scripts, which are not a part of this repository.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ClusterFactAttribute : FactAttribute
{
    /// <summary>The environment variable that names the folder of the scripts: <c>src/AdoNet</c> of Orleans' repository.</summary>
    public const string Variable = "PROVINGMARKET_ORLEANS_SQL";

    public ClusterFactAttribute()
    {
        if (Scripts is null) Skip = $"{Variable} does not name the folder of Orleans' SQL scripts (src/AdoNet of its repository).";
    }

    /// <summary>The folder of the scripts; null when it is not known.</summary>
    public static string? Scripts => Environment.GetEnvironmentVariable(Variable);
}
