using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ProvingMarket.Client.Backends;
using ProvingMarket.Client.Backends.Snarkjs;

namespace ProvingMarket.Client.Tests.Backends;

/// <summary>
/// snarkjs installed for real into an empty cache folder, by two backends that start at the same time, and one of them to prove with.
/// </summary>
public sealed class SnarkjsFixture : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("snarkjs-tests-").FullName;

    /// <summary>What the two installations reported.</summary>
    internal ProgressLines FirstProgress { get; } = new();

    internal ProgressLines SecondProgress { get; } = new();

    internal string CacheFolder => Path.Combine(_folder, "cache");

    internal SnarkjsBackend Backend { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Backend = Create(options => options.Slots = 2);
        await using var other = Create();
        await Task.WhenAll(
            Backend.PrepareAsync(FirstProgress, CancellationToken.None).AsTask(), other.PrepareAsync(SecondProgress, CancellationToken.None).AsTask());
    }

    public async Task DisposeAsync()
    {
        await Backend.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    internal SnarkjsBackend Create(Action<SnarkjsOptions>? configure = null)
    {
        var options = new SnarkjsOptions { CacheFolder = CacheFolder };
        configure?.Invoke(options);
        return new SnarkjsBackend(Options.Create(options), NullLogger<SnarkjsBackend>.Instance, TimeProvider.System);
    }

    /// <summary>Where snarkjs and the scripts are.</summary>
    internal string PackageFolder => Assert.Single(Directory.GetDirectories(CacheFolder));

    /// <summary>Whether snarkjs itself accepts a proof.</summary>
    internal async Task<bool> VerifyAsync(Circuit circuit, ProverSuccess success, params string[] publicInputs)
    {
        using var folder = new TemporaryFolder();
        var proof = folder.Write("proof.json", Encoding.UTF8.GetString(success.Proof.Span));
        var inputs = folder.Write("public.json", $"[{string.Join(',', publicInputs.Select(input => $"\"{input}\""))}]");
        var snarkjs = Path.Combine(PackageFolder, "node_modules", "snarkjs", "build", "cli.cjs");
        using var process = Process.Start(new ProcessStartInfo("node", [snarkjs, "groth16", "verify", circuit.VerificationKey, inputs, proof])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Contains(process.ExitCode == 0 ? "OK!" : "Invalid proof", output, StringComparison.Ordinal);
        return process.ExitCode == 0;
    }
}

/// <summary>Tests that share the installation. They run one after the other, because they are about processes under load.</summary>
[CollectionDefinition(nameof(SnarkjsGroup))]
public sealed class SnarkjsGroup : ICollectionFixture<SnarkjsFixture>;

/// <summary>Progress lines in the order of their reports.</summary>
internal sealed class ProgressLines : IProgress<string>
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> Lines => _lines;

    public Action<string> OnLine { get; init; } = _ => { };

    public void Report(string value)
    {
        _lines.Enqueue(value);
        OnLine(value);
    }
}
