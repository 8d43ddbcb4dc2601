using System.Collections.Immutable;
using ProvingMarket.Client.Json;
using ProvingMarket.Domain;
using ProvingMarket.Proofs.Groth16;

namespace ProvingMarket.Client.Programs;

/// <summary>A circuit's manifest.json: what it proves and the size and hash of each of its files.</summary>
internal sealed record CircuitManifest
{
    /// <summary>The manifest's name in a circuit's folder.</summary>
    public const string FileName = "manifest.json";

    public required string Circuit { get; init; }

    public required string ProofSystem { get; init; }

    public required long Constraints { get; init; }

    public required ImmutableArray<string> PublicInputs { get; init; }

    public required ImmutableArray<CircuitFile> Files { get; init; }

    /// <summary>Reads a manifest whose files lie under <paramref name="folder"/>. Notes for people (curve, setup, tool versions) are left alone.</summary>
    public static (CircuitManifest? Manifest, Refusal? Refusal) Read(Bytes json, string folder)
    {
        var (root, malformed) = StrictJson.Parse(json, Path.Combine(folder, FileName));
        if (root is null) return (null, malformed);

        var manifest = new CircuitManifest
        {
            Circuit = root.Text("circuit"),
            ProofSystem = root.Text("proofSystem"),
            Constraints = root.Integer("constraints"),
            PublicInputs = root.OptionalTexts("publicInputs") ?? [],
            Files = [.. root.Objects("files").Select(file => ReadFile(file, folder))],
        };
        if (Ids.Check("circuit", manifest.Circuit) is { } badName) root.Refuse(badName.Code, "circuit", badName.Limit, badName.Value);
        if (manifest.Constraints <= 0) root.Refuse(ReasonCode.OutOfRange, "constraints", "positive", $"{manifest.Constraints}");
        // Who proves otherwise than snarkjs may have neither of its files; a key everybody has.
        var provesAsSnarkjs = manifest.ProofSystem == Groth16ProofSystem.SystemName;
        foreach (var (role, isRequired) in (ReadOnlySpan<(string, bool)>)[(CircuitFile.WasmRole, provesAsSnarkjs), (CircuitFile.ZkeyRole, provesAsSnarkjs), (CircuitFile.VkeyRole, true)])
        {
            var count = manifest.Files.Count(file => file.Role == role);
            if (count > 1 || (isRequired && count == 0)) root.Refuse(ReasonCode.FieldMalformed, "files", $"{(isRequired ? "exactly" : "at most")} one file with role {role}", $"{count}");
        }
        return root.Refusal is { } refusal ? (null, refusal with { Field = $"{Path.Combine(folder, FileName)}: {refusal.Field}" }) : (manifest, null);
    }

    private static CircuitFile ReadFile(StrictJson file, string folder)
    {
        var path = file.Text("path");
        var full = path.Contains('\0', StringComparison.Ordinal) ? folder : Path.GetFullPath(path, folder);
        if (!full.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            file.Refuse(ReasonCode.FieldMalformed, "path", "a path within the circuit's folder", path);
        var digest = file.Text("sha256");
        if (Ids.CheckSha256("sha256", digest) is { } badDigest) file.Refuse(badDigest.Code, "sha256", badDigest.Limit, badDigest.Value);
        return new CircuitFile { Role = file.Text("role"), Path = full, Size = file.Integer("bytes"), Sha256 = digest };
    }
}
