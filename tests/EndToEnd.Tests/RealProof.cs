using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ProvingMarket.Client;
using ProvingMarket.Client.Backends;
using ProvingMarket.Client.Backends.Snarkjs;
using ProvingMarket.Domain;

namespace ProvingMarket.EndToEnd.Tests;

/// <summary>One real proof, made once by snarkjs and shared by tests that care for everything but proving.</summary>
public sealed class RealProof : IAsyncLifetime
{
    /// <summary>The circuits.</summary>
    public static readonly CircuitCatalog Catalog = CircuitCatalog.Open(Path.Combine(AppContext.BaseDirectory, "circuits")).Catalog!;

    /// <summary>The circuit proved.</summary>
    public Circuit Circuit { get; } = Catalog.Find("poseidon-preimage")!;

    /// <summary>What the prover gets.</summary>
    public Bytes Input { get; private set; }

    /// <summary>What the backend returned.</summary>
    public ProverSuccess Proof { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Input = Bytes.CopyOf(await File.ReadAllBytesAsync(Path.Combine(Circuit.Folder, "inputs", "1.json")));
        await using var backend = new SnarkjsBackend(Options.Create(new SnarkjsOptions()), NullLogger<SnarkjsBackend>.Instance, TimeProvider.System);
        var result = await backend.ProveAsync(
            new ProverJob { ProgramId = Circuit.ProgramId, Artefacts = Catalog.Locate(Circuit.Definition.Artefacts).PathsByRole!, Input = Input.Memory },
            CancellationToken.None);
        Proof = Assert.IsType<ProverSuccess>(result);
    }

    public Task DisposeAsync() => Task.CompletedTask;
}

/// <summary>A backend that returns a proof that was made before.</summary>
internal sealed class CannedBackend(ProverSuccess proof) : IProverBackend
{
    public string Name => "canned";

    public ValueTask PrepareAsync(IProgress<string>? progress, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public Task<ProverResult> ProveAsync(ProverJob job, CancellationToken cancellationToken) => Task.FromResult<ProverResult>(proof);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
