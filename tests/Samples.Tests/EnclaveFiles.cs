using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ProvingMarket.Samples.Tests;

/// <summary>An enclave's key, and the folder of circuits with the program that it attests.</summary>
internal sealed class EnclaveFiles : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("enclave-");

    public EnclaveFiles()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        KeyFile = Path.Combine(_folder.FullName, "key.pem");
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
        PublicKey = Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem());
        var program = Directory.CreateDirectory(Path.Combine(Circuits, "digest")).FullName;
        File.WriteAllBytes(Path.Combine(program, "enclave.pem"), PublicKey);
        File.WriteAllText(Path.Combine(program, "manifest.json"), $$"""
            {
              "circuit": "digest", "proofSystem": "attestation-p256", "constraints": 1000,
              "files": [{ "role": "vkey", "path": "enclave.pem", "bytes": {{PublicKey.Length}}, "sha256": {{JsonSerializer.Serialize(Convert.ToHexStringLower(SHA256.HashData(PublicKey)))}} }]
            }
            """);
    }

    /// <summary>The private key.</summary>
    public string KeyFile { get; }

    /// <summary>The public key, which is the program's verification key.</summary>
    public byte[] PublicKey { get; }

    /// <summary>The folder of circuits.</summary>
    public string Circuits => Path.Combine(_folder.FullName, "circuits");

    public void Dispose() => _folder.Delete(recursive: true);
}
