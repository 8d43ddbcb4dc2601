namespace ProvingMarket.Cli.Demo;

/// <summary>Where the demonstration finds its circuits and request files: beside the executable, where the build puts them.</summary>
internal static class DemoFolders
{
    /// <summary>The folder of circuits.</summary>
    public static string Circuits => Path.Combine(AppContext.BaseDirectory, "circuits");

    /// <summary>A request file by its name.</summary>
    public static string Request(string name) => Path.Combine(AppContext.BaseDirectory, "samples", "requests", name + ".json");
}
