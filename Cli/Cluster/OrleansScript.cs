using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace ProvingMarket.Cli.Cluster;

/// <summary>One of the SQL scripts that Orleans publishes for its version, in its repository under <c>src/AdoNet</c>.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Folder">The folder it lies in there.</param>
/// <param name="Table">The first table it makes: where the table is, the script has been applied.</param>
internal sealed partial record OrleansScript(string File, string Folder, string Table)
{
    /// <summary>What a cluster needs, in the order of application. Grains' state has a schema of its own, which silos make.</summary>
    public static readonly ImmutableArray<OrleansScript> All =
    [
        new("PostgreSQL-Main.sql", "Shared", "orleansquery"),
        new("PostgreSQL-Clustering.sql", "Orleans.Clustering.AdoNet", "orleansmembershiptable"),
        new("PostgreSQL-Reminders.sql", "Orleans.Reminders.AdoNet", "orleansreminderstable"),
    ];

    /// <summary>The script's file below a folder: as in the repository, or directly in it; null when it is not there.</summary>
    public string? FindIn(string folder) =>
        new[] { Path.Combine(folder, Folder, File), Path.Combine(folder, File) }.FirstOrDefault(System.IO.File.Exists);

    /// <summary>The keys of the queries that a script stores.</summary>
    public static ImmutableArray<string> QueriesOf(string script) =>
        [.. QueryKey().Matches(script).Select(match => match.Groups["key"].Value).Distinct(StringComparer.Ordinal)];

    [GeneratedRegex(@"^\s*'(?<key>\w+Key)'\s*,", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex QueryKey();
}
