using Microsoft.Extensions.Logging.Abstractions;
using ProvingMarket.Client.Backends;
using ProvingMarket.Client.Backends.Snarkjs;

namespace ProvingMarket.Client.Tests.Backends;

/// <summary>The installer's promises, with a script in the place of npm: complete or not at all, once, and with a reason.</summary>
public sealed class SnarkjsInstallerTests : IDisposable
{
    private const string Install = "mkdir -p node_modules/snarkjs && echo '{}' > node_modules/snarkjs/package.json";

    private readonly TemporaryFolder _folder = new();

    private string Cache => _folder["cache"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Npm_gets_the_locked_package_and_runs_no_scripts_of_others()
    {
        var npm = _folder.WriteExecutable("npm", $"pwd > {_folder["pwd"]}; echo \"$@\" > {_folder["arguments"]}; cp package-lock.json {_folder["lock"]}; {Install}");

        var script = await EnsureAsync(npm);

        Assert.StartsWith("ci ", File.ReadAllText(_folder["arguments"]), StringComparison.Ordinal);
        Assert.Contains("--ignore-scripts", File.ReadAllText(_folder["arguments"]), StringComparison.Ordinal);
        Assert.Contains("\"node_modules/snarkjs\"", File.ReadAllText(_folder["lock"]), StringComparison.Ordinal);
        Assert.DoesNotContain("\"resolved\"", File.ReadAllText(_folder["lock"]), StringComparison.Ordinal);
        Assert.Equal(SnarkjsPackage.Embedded.Scripts.Count, Directory.GetFiles(Path.GetDirectoryName(script)!).Length);
    }

    [Fact]
    public async Task While_one_installs_another_waits_and_then_uses_the_same()
    {
        var npm = _folder.WriteExecutable("npm", $"echo run >> {_folder["runs"]}; while [ ! -e {_folder["go"]} ]; do sleep 0.02; done; {Install}");
        var started = new TaskCompletionSource();

        var first = EnsureAsync(npm, new ProgressLines { OnLine = _ => started.TrySetResult() });
        await started.Task;
        var second = EnsureAsync(npm, new ProgressLines { OnLine = line => _folder.Write("go", line) });

        Assert.Equal(await first, await second);
        Assert.Equal("run\n", File.ReadAllText(_folder["runs"]));
        Assert.StartsWith("Waiting for another process that installs snarkjs", File.ReadAllText(_folder["go"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mkdir -p node_modules/half; echo 'npm error code E404' >&2; exit 1", "ended with exit code 1: npm error code E404")]
    [InlineData("mkdir -p node_modules/other; echo done >&2", "reported success without installing snarkjs: done")]
    public async Task A_failed_installation_says_why_leaves_nothing_and_can_be_repeated(string body, string reason)
    {
        var exception = await Assert.ThrowsAsync<ProverBackendException>(() => EnsureAsync(_folder.WriteExecutable("npm", body)));

        Assert.Equal(ProverFailureReason.InstallFailed, exception.Reason);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(Cache));
        Assert.True(File.Exists(await EnsureAsync(_folder.WriteExecutable("npm2", Install))));
    }

    [Fact]
    public async Task An_installation_that_takes_too_long_is_killed()
    {
        var npm = _folder.WriteExecutable("npm", $"echo $$ > {_folder["pid"]}; exec sleep 1000");

        var exception = await Assert.ThrowsAsync<ProverBackendException>(
            () => EnsureAsync(npm, configure: options => options.InstallTimeLimit = TimeSpan.FromSeconds(1)));

        Assert.Contains("InstallTimeLimit = 00:00:01", exception.Message, StringComparison.Ordinal);
        Assert.False(ProcessProbe.IsAlive(await ProcessProbe.ReadIdAsync(_folder["pid"])));
        Assert.Empty(Directory.GetDirectories(Cache));
    }

    [Fact]
    public async Task Cancelling_kills_npm_and_leaves_nothing()
    {
        var npm = _folder.WriteExecutable("npm", $"mkdir node_modules; echo $$ > {_folder["pid"]}; exec sleep 1000");
        using var cancel = new CancellationTokenSource();

        var installing = EnsureAsync(npm, cancellationToken: cancel.Token);
        var process = await ProcessProbe.ReadIdAsync(_folder["pid"]);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => installing);
        Assert.False(ProcessProbe.IsAlive(process));
        Assert.Empty(Directory.GetDirectories(Cache));
    }

    [Fact]
    public async Task What_a_killed_installation_left_is_replaced()
    {
        var package = Path.Combine(Cache, SnarkjsPackage.Embedded.FolderName);
        Directory.CreateDirectory($"{package}.killed.tmp/node_modules/half");
        Directory.CreateDirectory($"{package}/node_modules/half");

        await EnsureAsync(_folder.WriteExecutable("npm", Install));

        Assert.Equal(package, Assert.Single(Directory.GetDirectories(Cache)));
        Assert.False(Directory.Exists($"{package}/node_modules/half"));
    }

    [Fact]
    public async Task A_missing_npm_and_an_unusable_cache_folder_are_named()
    {
        var missing = await Assert.ThrowsAsync<ProverBackendException>(() => EnsureAsync("no-such-npm"));
        Assert.Equal(ProverFailureReason.BackendMissing, missing.Reason);
        Assert.Contains("NpmExecutable 'no-such-npm' was not found: it is not in PATH", missing.Message, StringComparison.Ordinal);

        var file = _folder.Write("file", "");
        var unusable = await Assert.ThrowsAsync<ProverBackendException>(() => EnsureAsync("npm", configure: options => options.CacheFolder = Path.Combine(file, "cache")));
        Assert.Equal(ProverFailureReason.InstallFailed, unusable.Reason);
        Assert.Contains(file, unusable.Message, StringComparison.Ordinal);
    }

    private Task<string> EnsureAsync(
        string npm, IProgress<string>? progress = null, Action<SnarkjsOptions>? configure = null, CancellationToken cancellationToken = default)
    {
        var options = new SnarkjsOptions { CacheFolder = Cache, NpmExecutable = npm };
        configure?.Invoke(options);
        return new SnarkjsInstaller(options, SnarkjsPackage.Embedded, NullLogger.Instance, TimeProvider.System).EnsureAsync(progress, cancellationToken);
    }
}
