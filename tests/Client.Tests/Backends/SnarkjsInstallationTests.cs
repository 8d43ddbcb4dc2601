using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Options;
using ProvingMarket.Client.Backends;
using ProvingMarket.Client.Backends.Snarkjs;

namespace ProvingMarket.Client.Tests.Backends;

/// <summary>The real installation by two backends at once, and the process that it is for.</summary>
[Collection(nameof(SnarkjsGroup))]
public class SnarkjsInstallationTests(SnarkjsFixture snarkjs)
{
    [Fact]
    public void Of_two_that_start_together_one_installs_with_progress_and_the_other_waits()
    {
        var (installing, waiting) = snarkjs.FirstProgress.Lines.Count >= snarkjs.SecondProgress.Lines.Count
            ? (snarkjs.FirstProgress.Lines, snarkjs.SecondProgress.Lines)
            : (snarkjs.SecondProgress.Lines, snarkjs.FirstProgress.Lines);

        Assert.StartsWith($"Installing snarkjs 0.7.6 into {snarkjs.CacheFolder}", installing.First(line => !line.StartsWith("Waiting", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.StartsWith("Installed snarkjs 0.7.6 in ", installing.Last(), StringComparison.Ordinal);
        Assert.All(waiting, line => Assert.StartsWith("Waiting for another process", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_but_the_package_and_its_lock_is_in_the_cache_folder()
    {
        var entries = Directory.GetFileSystemEntries(snarkjs.CacheFolder).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray();

        Assert.Equal(2, entries.Length);
        Assert.Equal($"{entries[0]}.lock", entries[1]);
    }

    [Fact]
    public async Task What_is_installed_is_used_without_npm()
    {
        var progress = new ProgressLines();
        await using var backend = snarkjs.Create(options => options.NpmExecutable = "/no/such/npm");

        await backend.PrepareAsync(progress, CancellationToken.None);

        Assert.Empty(progress.Lines);
    }

    [Fact]
    public async Task The_prover_process_ends_in_the_middle_of_a_proof_when_its_parent_is_gone()
    {
        var circuit = new Circuit("merkle-membership");
        using var prover = StartProver();
        Assert.Equal("ready", Type(await prover.StandardOutput.ReadLineAsync()));

        var input = await File.ReadAllTextAsync(Path.Combine(circuit.Folder, "inputs", "1.json"));
        await prover.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new { id = 1, wasm = circuit.Wasm, zkey = circuit.Zkey, input }));
        prover.StandardInput.Close();

        Assert.Empty(await prover.StandardOutput.ReadToEndAsync());
        await prover.WaitForExitAsync();
        Assert.Equal(128 + 9, prover.ExitCode);
    }

    [Fact]
    public async Task What_a_library_prints_does_not_reach_the_protocol()
    {
        // snarkjs compiles while the curve is built and again for each witness.
        const string chatter = """
            data:text/javascript,const compile = WebAssembly.compile;
            WebAssembly.compile = (code) => { console.log('chatter'); process.stdout.write('more'); return compile(code); };
            """;
        var circuit = new Circuit("poseidon-preimage");
        using var prover = StartProver("--import", chatter);
        var chatted = prover.StandardError.ReadLineAsync();
        Assert.Equal("ready", Type(await prover.StandardOutput.ReadLineAsync()));

        var input = await File.ReadAllTextAsync(Path.Combine(circuit.Folder, "inputs", "1.json"));
        await prover.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new { id = 1, wasm = circuit.Wasm, zkey = circuit.Zkey, input }));

        Assert.Equal("proved", Type(await prover.StandardOutput.ReadLineAsync()));
        Assert.Equal("chatter", await chatted);
        prover.StandardInput.Close();
        await prover.WaitForExitAsync();
    }

    [Fact]
    public async Task A_missing_node_is_refused_by_the_name_of_the_setting()
    {
        await using var backend = snarkjs.Create(options => options.NodeExecutable = "no-such-node");

        await ExpectAsync(backend, ProverFailureReason.BackendMissing, "NodeExecutable 'no-such-node' was not found: it is not in PATH");
    }

    [Theory]
    [InlineData("echo v16.20.0", "is Node.js v16.20.0, and 18 or newer is needed")]
    [InlineData("echo hello", "answers 'hello', which is no version of Node.js")]
    public async Task A_node_that_is_too_old_or_none_is_refused(string body, string reason)
    {
        using var folder = new TemporaryFolder();
        var node = folder.WriteExecutable("node", body);
        await using var backend = snarkjs.Create(options => options.NodeExecutable = node);

        await ExpectAsync(backend, ProverFailureReason.BackendUnsupported, reason);
    }

    [Fact]
    public async Task A_node_that_never_becomes_ready_is_given_up()
    {
        using var folder = new TemporaryFolder();
        var stuck = folder.WriteExecutable("node", "[ \"$1\" = --version ] && exec node --version; exec sleep 1000");
        await using var backend = snarkjs.Create(options => (options.NodeExecutable, options.StartTimeLimit) = (stuck, TimeSpan.FromMilliseconds(200)));

        await ExpectAsync(backend, ProverFailureReason.TimedOut, "StartTimeLimit = 00:00:00.2");
    }

    [Fact]
    public void Settings_out_of_range_are_refused_by_name()
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => snarkjs.Create(options => (options.Slots, options.CacheFolder) = (0, "")));

        Assert.Contains("Slots", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("CacheFolder", refusal.Message, StringComparison.Ordinal);
    }

    private static string? Type(string? line) => JsonDocument.Parse(line!).RootElement.GetProperty("type").GetString();

    private static async Task ExpectAsync(SnarkjsBackend backend, ProverFailureReason reason, string text)
    {
        var exception = await Assert.ThrowsAsync<ProverBackendException>(() => backend.PrepareAsync(null, CancellationToken.None).AsTask());
        Assert.Equal(reason, exception.Reason);
        Assert.Contains(text, exception.Message, StringComparison.Ordinal);

        // Whoever proves without preparing is told the same, as a result.
        var result = await backend.ProveAsync(new Circuit("poseidon-preimage").Job(), CancellationToken.None);
        Assert.Equal(reason, Assert.IsType<ProverFailure>(result).Reason);
    }

    private Process StartProver(params string[] nodeOptions)
    {
        var script = Assert.Single(Directory.GetFiles(snarkjs.PackageFolder, "prove.mjs", SearchOption.AllDirectories));
        return Process.Start(new ProcessStartInfo("node", [.. nodeOptions, script])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }
}
