namespace ProvingMarket.Proofs.Tests.Support;

/// <summary>Vectors collected from other projects, which lie beside the repository and not in it.</summary>
internal static class SharedData
{
    /// <summary>The folder, or null where it is absent.</summary>
    public static string? Root { get; } = Find();

    public static byte[] Read(string path) => File.ReadAllBytes(Path.Combine(Root!, "vectors", path));

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(Path.Combine(candidate, "vectors")))
                return candidate;
        }

        return null;
    }
}

/// <summary>A test of shared vectors: reported as skipped where they are absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedDataFactAttribute : FactAttribute
{
    public SharedDataFactAttribute() => Skip = SharedData.Root is null ? "../shared/data is not there." : null;
}

/// <summary>A parameterised test of shared vectors: reported as skipped where they are absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedDataTheoryAttribute : TheoryAttribute
{
    public SharedDataTheoryAttribute() => Skip = SharedData.Root is null ? "../shared/data is not there." : null;
}
