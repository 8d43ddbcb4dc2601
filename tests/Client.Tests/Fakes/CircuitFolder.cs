using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ProvingMarket.Client.Tests.Fakes;

/// <summary>A folder of small circuits that nobody could prove, removed afterwards.</summary>
internal sealed class CircuitFolder : IDisposable
{
    public CircuitFolder(params string[] circuits)
    {
        Path = Directory.CreateTempSubdirectory("circuits-").FullName;
        foreach (var circuit in circuits) Add(circuit);
    }

    public string Path { get; }

    /// <summary>Adds a circuit with wasm, zkey and verification key of a few bytes each; <paramref name="change"/> may spoil its manifest.</summary>
    public string Add(
        string name, long constraints = 1000, Action<JsonObject>? change = null, string proofSystem = "groth16", string? verificationKey = null)
    {
        var folder = Directory.CreateDirectory(System.IO.Path.Combine(Path, name)).FullName;
        var manifest = new JsonObject
        {
            ["circuit"] = name,
            ["proofSystem"] = proofSystem,
            ["curve"] = "bn128",
            ["constraints"] = constraints,
            ["publicInputs"] = new JsonArray("root", "scope"),
            ["files"] = new JsonArray(
                AddFile(folder, "wasm", "circuit.wasm", $"wasm of {name}"),
                AddFile(folder, "zkey", "circuit.zkey", $"zkey of {name}"),
                AddFile(folder, "vkey", "verification_key.json", verificationKey ?? $$"""{"of":"{{name}}"}""")),
        };
        change?.Invoke(manifest);
        File.WriteAllText(System.IO.Path.Combine(folder, "manifest.json"), manifest.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        return folder;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static JsonObject AddFile(string folder, string role, string path, string content)
    {
        var full = System.IO.Path.Combine(folder, path);
        File.WriteAllText(full, content);
        return new JsonObject
        {
            ["role"] = role, ["path"] = path, ["bytes"] = content.Length, ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(full))),
        };
    }
}
