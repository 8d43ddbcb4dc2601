using System.Security.Cryptography;
using System.Text.Json;
using ProvingMarket.Client;

namespace ProvingMarket.Benchmarks.Lifecycle.Market;

/// <summary>A folder with the one circuit of the benchmark, as workers want it: a manifest and three files.</summary>
internal sealed class Circuits : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("market-circuits-");

    public Circuits()
    {
        var circuit = _folder.CreateSubdirectory("zero-cost").FullName;
        object Write(string role, string name, ReadOnlySpan<byte> content)
        {
            File.WriteAllBytes(Path.Combine(circuit, name), content);
            return new { role, path = name, bytes = content.Length, sha256 = Convert.ToHexStringLower(SHA256.HashData(content)) };
        }
        var manifest = new
        {
            circuit = "zero-cost",
            proofSystem = ZeroCostProofSystem.SystemName,
            constraints = 1_000,
            publicInputs = new[] { "number" },
            files = new[] { Write("wasm", "zero.wasm", [0]), Write("zkey", "zero.zkey", [1]), Write("vkey", "vkey.json", ZeroCostProofSystem.Key.Span) },
        };
        File.WriteAllText(Path.Combine(circuit, "manifest.json"), JsonSerializer.Serialize(manifest));
        var (catalog, refusal) = CircuitCatalog.Open(Folder);
        Circuit = catalog is null ? throw new InvalidOperationException($"{refusal}") : catalog.Circuits.Single();
    }

    public string Folder => _folder.FullName;

    public Circuit Circuit { get; }

    public void Dispose() => _folder.Delete(recursive: true);
}
