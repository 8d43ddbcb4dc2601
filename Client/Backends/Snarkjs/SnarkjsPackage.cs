using System.Security.Cryptography;
using System.Text.Json;

namespace ProvingMarket.Client.Backends.Snarkjs;

/// <summary>
/// The Node side as it travels in this assembly: the package with its lock file, and the scripts. Both are identified by their content, so
/// that versions of the product share a cache folder without meeting.
/// </summary>
internal sealed class SnarkjsPackage
{
    private const string Manifest = "package.json";
    private const string LockFile = "package-lock.json";
    private static readonly string[] s_scripts = [EntryScript, "engine.mjs", "requests.mjs"];

    private SnarkjsPackage(IReadOnlyList<ContentFile> package, IReadOnlyList<ContentFile> scripts)
    {
        Package = package;
        Scripts = scripts;
        using var manifest = JsonDocument.Parse(package[0].Content);
        SnarkjsVersion = manifest.RootElement.GetProperty("dependencies").GetProperty("snarkjs").GetString()!;
        FolderName = $"snarkjs-{SnarkjsVersion}-{Hash(package)}";
        ScriptsFolderName = $"scripts-{Hash(scripts)}";
    }

    public const string EntryScript = "prove.mjs";

    public static SnarkjsPackage Embedded { get; } = new([Load(Manifest), Load(LockFile)], [.. s_scripts.Select(Load)]);

    public string SnarkjsVersion { get; }

    /// <summary>What <c>npm ci</c> needs.</summary>
    public IReadOnlyList<ContentFile> Package { get; }

    public IReadOnlyList<ContentFile> Scripts { get; }

    /// <summary>Folder of the installed package within the cache folder.</summary>
    public string FolderName { get; }

    /// <summary>Folder of the scripts within the package's, where they find its modules.</summary>
    public string ScriptsFolderName { get; }

    public static void Write(IEnumerable<ContentFile> files, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in files)
            File.WriteAllBytes(Path.Combine(folder, file.Name), file.Content);
    }

    private static ContentFile Load(string name)
    {
        using var stream = typeof(SnarkjsPackage).Assembly.GetManifestResourceStream($"prover/{name}")!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return new ContentFile(name, content);
    }

    private static string Hash(IEnumerable<ContentFile> files) =>
        Convert.ToHexStringLower(SHA256.HashData([.. files.SelectMany(file => file.Content)]))[..16];

    internal sealed record ContentFile(string Name, byte[] Content);
}
