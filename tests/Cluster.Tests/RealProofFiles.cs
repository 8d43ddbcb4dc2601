using ProvingMarket.EndToEnd.Tests;
using ProvingMarket.EndToEnd.Tests.Processes;

namespace ProvingMarket.Cluster.Tests;

/// <summary>A real proof as files, for workers in processes of their own.</summary>
internal sealed class RealProofFiles : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public RealProofFiles(RealProof proof)
    {
        (Circuits, Circuit) = (RealProof.Catalog.Folder, Path.GetFileName(proof.Circuit.Folder));
        (Proof, PublicInputs) = (Write("proof.json", proof.Proof.Proof), Write("public.json", proof.Proof.PublicInputs));
    }

    /// <summary>The folder of circuits.</summary>
    public string Circuits { get; }

    /// <summary>The circuit's name.</summary>
    public string Circuit { get; }

    /// <summary>The proof.</summary>
    public string Proof { get; }

    /// <summary>Its public inputs.</summary>
    public string PublicInputs { get; }

    public void Dispose() => _folder.Dispose();

    private string Write(string name, ReadOnlyMemory<byte> content)
    {
        var file = Path.Combine(_folder.Path, name);
        File.WriteAllBytes(file, content.ToArray());
        return file;
    }
}
