using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Orleans.Api;

/// <summary>The public types of some assemblies, read from their files: nothing is loaded, so what they refer to need not be there.</summary>
internal sealed class ApiTypes
{
    private static readonly (string Package, string Assembly)[] s_restoring =
    [
        ("microsoft.orleans.core.abstractions", "Orleans.Core.Abstractions.dll"),
        ("microsoft.orleans.testinghost", "Orleans.TestingHost.dll"),
    ];

    private static readonly (string Package, string Assembly)[] s_rest =
    [
        ("microsoft.orleans.core", "Orleans.Core.dll"),
        ("microsoft.orleans.persistence.memory", "Orleans.Persistence.Memory.dll"),
        ("microsoft.orleans.reminders", "Orleans.Reminders.dll"),
        ("microsoft.orleans.runtime", "Orleans.Runtime.dll"),
        ("microsoft.orleans.serialization", "Orleans.Serialization.dll"),
        ("microsoft.orleans.serialization.abstractions", "Orleans.Serialization.Abstractions.dll"),
    ];

    private readonly string _title;
    private readonly Dictionary<string, ApiType> _types;

    private ApiTypes(string title, IEnumerable<string> files)
    {
        _title = title;
        _types = files.SelectMany(Read).ToDictionary(type => type.Name, StringComparer.Ordinal);
    }

    public IEnumerable<ApiType> All => _types.Values.OrderBy(type => type.Name, StringComparer.Ordinal);

    /// <summary>The published assemblies of Orleans that restore everywhere: the contracts and the testing cluster.</summary>
    public static ApiTypes Published() => Published(s_restoring);

    /// <summary>All published assemblies of Orleans whose types the engine has. Ask <see cref="MissingPackages"/> before.</summary>
    public static ApiTypes AllPublished() => Published([.. s_restoring, .. s_rest]);

    /// <summary>The packages that have never been restored here, by a build with Microsoft Orleans.</summary>
    public static IReadOnlyList<string> MissingPackages() =>
        [.. s_rest.Where(package => !Directory.Exists(FolderOf(package.Package))).Select(package => package.Package)];

    public static ApiTypes Of(string assembly) => new(assembly, [Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll")]);

    public ApiType? Find(string name) => _types.GetValueOrDefault(name);

    public override string ToString() => _title;

    private static ApiTypes Published(IReadOnlyCollection<(string Package, string Assembly)> packages)
    {
        var files = packages
            .Select(package => Directory.EnumerateFiles(FolderOf(package.Package), package.Assembly, SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last())
            .ToList();
        return new ApiTypes($"{string.Join(", ", files.Select(Path.GetFileNameWithoutExtension))} {Metadata("OrleansVersion")}", files);
    }

    private static string FolderOf(string package) => Path.Combine(Metadata("PackageRoot"), package, Metadata("OrleansVersion"), "lib");

    private static List<ApiType> Read(string file)
    {
        using var stream = File.OpenRead(file);
        using var image = new PEReader(stream);
        var reader = image.GetMetadataReader();
        return [.. reader.TypeDefinitions.Select(reader.GetTypeDefinition).Where(type => ApiType.IsVisible(reader, type)).Select(type => ApiType.Read(reader, type))];
    }

    private static string Metadata(string key) => typeof(ApiTypes).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
