using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Orleans.Api;

/// <summary>The public types of some assemblies, read from their files: nothing is loaded, so what they refer to need not be there.</summary>
internal sealed class ApiTypes
{
    private readonly string _title;
    private readonly Dictionary<string, ApiType> _types;

    private ApiTypes(string title, IEnumerable<string> files)
    {
        _title = title;
        _types = files.SelectMany(Read).ToDictionary(type => type.Name, StringComparer.Ordinal);
    }

    public IEnumerable<ApiType> All => _types.Values.OrderBy(type => type.Name, StringComparer.Ordinal);

    /// <summary>The published assemblies of Orleans that restore: the contracts and the testing cluster.</summary>
    public static ApiTypes Published()
    {
        var version = Metadata("OrleansVersion");
        var files = new[] { ("microsoft.orleans.core.abstractions", "Orleans.Core.Abstractions.dll"), ("microsoft.orleans.testinghost", "Orleans.TestingHost.dll") }
            .Select(package => Directory.EnumerateFiles(Path.Combine(Metadata("PackageRoot"), package.Item1, version, "lib"), package.Item2, SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last())
            .ToList();
        return new ApiTypes($"{string.Join(", ", files.Select(Path.GetFileNameWithoutExtension))} {version}", files);
    }

    public static ApiTypes Of(string assembly) => new(assembly, [Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll")]);

    public ApiType? Find(string name) => _types.GetValueOrDefault(name);

    public override string ToString() => _title;

    private static List<ApiType> Read(string file)
    {
        using var stream = File.OpenRead(file);
        using var image = new PEReader(stream);
        var reader = image.GetMetadataReader();
        return [.. reader.TypeDefinitions.Select(reader.GetTypeDefinition).Where(type => ApiType.IsVisible(reader, type)).Select(type => ApiType.Read(reader, type))];
    }

    private static string Metadata(string key) => typeof(ApiTypes).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
