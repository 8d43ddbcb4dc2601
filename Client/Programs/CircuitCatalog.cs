using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using ProvingMarket.Client.Json;
using ProvingMarket.Client.Programs;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;

namespace ProvingMarket.Client;

/// <summary>The circuits of a folder: one sub-folder each, with a manifest.json that names its files by content. Files are found by
/// their SHA-256, and their content is checked before they are first handed out, and again when a file has changed: whoever proves with other files than those that its verification key was made
/// with makes invalid proofs. Safe for use by many threads.</summary>
public sealed class CircuitCatalog
{
    private const int LargestManifest = 1024 * 1024;

    // A file that was right is not looked at again so soon: whoever proves many times a second would ask the system twice for each.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly FrozenDictionary<string, Circuit> _byNameOrId;
    private readonly FrozenDictionary<string, CircuitFile> _files;
    private readonly FrozenDictionary<string, (ImmutableArray<CircuitFile> All, ImmutableDictionary<string, string> PathsByRole)> _filesByProgram;
    private readonly ConcurrentDictionary<string, CheckedFile> _checked = new();
    private readonly TimeProvider _time;

    private CircuitCatalog(string folder, ImmutableArray<Circuit> circuits, TimeProvider time)
    {
        (Folder, Circuits, _time) = (folder, circuits, time);
        _byNameOrId = circuits.SelectMany(circuit => new[] { (Key: circuit.Name, circuit), (Key: circuit.ProgramId, circuit) })
            .ToFrozenDictionary(pair => pair.Key, pair => pair.circuit);
        _files = circuits.SelectMany(circuit => circuit.Files).GroupBy(file => file.Sha256)
            .ToFrozenDictionary(same => same.Key, same => same.First());
        _filesByProgram = circuits.ToFrozenDictionary(
            circuit => circuit.ProgramId,
            circuit => (circuit.Definition.Artefacts.Select(artefact => _files[artefact.Sha256]).ToImmutableArray(), PathsOf(circuit.Definition.Artefacts)));
    }

    /// <summary>A catalog without circuits, for programs that need no files.</summary>
    internal static CircuitCatalog Empty { get; } = new("", [], TimeProvider.System);

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Its circuits, by name.</summary>
    public ImmutableArray<Circuit> Circuits { get; }

    /// <summary>Opens a folder: reads the manifests and verification keys. Refuses a folder without circuits, two circuits with one name or
    /// program, and a manifest or verification key that is missing, malformed or altered. Whether files have changed is looked at once a second at most, by a clock that is the system's unless
    /// another is given.</summary>
    public static (CircuitCatalog? Catalog, Refusal? Refusal) Open(string folder, TimeProvider? time = null)
    {
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (!Directory.Exists(root)) return (null, Refusal.Of(ReasonCode.ArtefactsMissing, root, "an existing folder of circuits"));

        var circuits = new List<Circuit>();
        foreach (var manifest in Directory.EnumerateDirectories(root).Order(StringComparer.Ordinal)
            .Select(circuit => Path.Combine(circuit, CircuitManifest.FileName)).Where(File.Exists))
        {
            var (circuit, refusal) = Read(manifest);
            if (circuit is null) return (null, refusal);
            if (circuits.Find(other => other.Name == circuit.Name || other.ProgramId == circuit.ProgramId) is { } twin)
                return (null, Refusal.Of(ReasonCode.FieldMalformed, manifest, "a circuit with a name, and a program, of its own", $"the same as {twin.Folder}"));
            circuits.Add(circuit);
        }
        return circuits.Count == 0
            ? (null, Refusal.Of(ReasonCode.ArtefactsMissing, root, $"a folder with at least one <circuit>/{CircuitManifest.FileName}"))
            : (new CircuitCatalog(root, [.. circuits.OrderBy(circuit => circuit.Name, StringComparer.Ordinal)], time ?? TimeProvider.System), null);
    }

    /// <summary>The circuit with this name or program id; null when there is none.</summary>
    public Circuit? Find(string nameOrProgramId) => _byNameOrId.GetValueOrDefault(nameOrProgramId);

    /// <summary>The local files of a program's artefacts, by role. Refuses with <see cref="ReasonCode.ArtefactsMissing"/>, naming the file and both
    /// hashes, when one is missing or its content is not what its hash says.</summary>
    public (ImmutableDictionary<string, string>? PathsByRole, Refusal? Refusal) Locate(ImmutableArray<ProgramArtefact> artefacts)
    {
        foreach (var artefact in artefacts)
        {
            if (!_files.TryGetValue(artefact.Sha256, out var file))
                return (null, Refusal.Of(ReasonCode.ArtefactsMissing, $"artefact {artefact.Role}", $"a file in {Folder} with SHA-256 {artefact.Sha256}", "in no manifest there"));
            if (CheckOnce(file) is { } refusal) return (null, refusal);
        }
        return (PathsOf(artefacts), null);
    }

    /// <summary>The local files of a program, by role: those that its own manifest names, which by the program's id are those that are registered. Refuses like
    /// <see cref="Locate(ImmutableArray{ProgramArtefact})"/>, and a program that no manifest here defines exactly so.</summary>
    public (ImmutableDictionary<string, string>? PathsByRole, Refusal? Refusal) Locate(string programId)
    {
        if (_filesByProgram.TryGetValue(programId, out var files))
        {
            foreach (var file in files.All)
            {
                if (CheckOnce(file) is { } refusal) return (null, refusal);
            }
            return (files.PathsByRole, null);
        }
        return Circuits.IsEmpty
            ? (ImmutableDictionary<string, string>.Empty, null)
            : (null, Refusal.Of(ReasonCode.ArtefactsMissing, "programId", $"a program defined in {Folder}", programId));
    }

    private ImmutableDictionary<string, string> PathsOf(ImmutableArray<ProgramArtefact> artefacts)
    {
        var paths = ImmutableDictionary.CreateBuilder<string, string>();
        foreach (var artefact in artefacts) paths[artefact.Role] = _files[artefact.Sha256].Path;
        return paths.ToImmutable();
    }

    private static (Circuit? Circuit, Refusal? Refusal) Read(string manifestPath)
    {
        var folder = Path.GetDirectoryName(manifestPath)!;
        var (json, unreadable) = Files.Read(manifestPath, "a readable circuit manifest", LargestManifest);
        if (unreadable is not null) return (null, unreadable);
        var (manifest, refusal) = CircuitManifest.Read(json, folder);
        if (manifest is null) return (null, refusal);

        var keyFile = manifest.Files.Single(file => file.Role == CircuitFile.VkeyRole);
        if (Check(keyFile).Refusal is { } altered) return (null, altered);
        var (key, lost) = Files.Read(keyFile.Path, "a readable verification key", MarketLimits.VerificationKeyBytes);
        if (lost is not null) return (null, lost);
        var definition = new ProgramDefinition
        {
            ProofSystem = manifest.ProofSystem,
            VerificationKey = key,
            Name = manifest.Circuit,
            Work = new WorkUnits(manifest.Constraints),
            Artefacts =
            [
                .. manifest.Files.Where(file => file.Role is CircuitFile.WasmRole or CircuitFile.ZkeyRole)
                    .Select(file => new ProgramArtefact { Role = file.Role, Sha256 = file.Sha256, Size = file.Size }),
            ],
        };
        return (new Circuit
        {
            Name = manifest.Circuit,
            Folder = folder,
            ProgramId = ProgramRules.IdOf(definition),
            PublicInputs = manifest.PublicInputs,
            Files = manifest.Files,
            Definition = definition,
        }, null);
    }

    /// <summary>Checks a file unless that was done, and it has the size and the time of its last change that it had then.</summary>
    private Refusal? CheckOnce(CircuitFile file)
    {
        var now = _time.GetTimestamp();
        if (_checked.TryGetValue(file.Path, out var before) && before.Refusal is null && _time.GetElapsedTime(before.LookedAt, now) < LookEvery) return null;

        // Looked at before the content: what changes meanwhile is checked the next time.
        var info = new FileInfo(file.Path);
        var (size, changedAt) = info.Exists ? (info.Length, info.LastWriteTimeUtc) : (0, default);
        if (before is not null && (before.Size, before.ChangedAt) == (size, changedAt))
        {
            if (before.Refusal is null) _checked[file.Path] = before with { LookedAt = now };
            return before.Refusal;
        }
        var (wasRead, refusal) = Check(file);
        if (wasRead) _checked[file.Path] = new CheckedFile(size, changedAt, refusal, now);
        return refusal;
    }

    private static (bool WasRead, Refusal? Refusal) Check(CircuitFile file)
    {
        var expected = $"a file of {file.Size} bytes with SHA-256 {file.Sha256}";
        try
        {
            using var content = File.OpenRead(file.Path);
            var actual = Convert.ToHexStringLower(SHA256.HashData(content));
            return (true, actual == file.Sha256 ? null : Refusal.Of(ReasonCode.ArtefactsMissing, file.Path, expected, $"{content.Length} bytes with SHA-256 {actual}"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (false, Refusal.Of(ReasonCode.ArtefactsMissing, file.Path, expected, exception.Message));
        }
    }

    private sealed record CheckedFile(long Size, DateTime ChangedAt, Refusal? Refusal, long LookedAt);
}
