using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ProvingMarket.Client.Backends;
using ProvingMarket.Client.Backends.Command;
using ProvingMarket.Client.Backends.Processes;
using ProvingMarket.Domain;

namespace ProvingMarket.Client.Tests.Backends;

/// <summary>Commands are shell scripts here, run by /bin/sh as any executable is: $1 input, $2 proof, $3 public inputs.</summary>
public sealed class CommandBackendTests : IDisposable
{
    private const string Forever = "while :; do sleep 1000; done";

    private readonly TemporaryFolder _folder = new();

    private string WorkingFolder => _folder["jobs"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_command_that_writes_both_files_succeeds_and_its_folder_is_removed()
    {
        await using var backend = Create($"pwd > {_folder["pwd"]}; cat \"$1\" > \"$2\"; echo '[\"1\"]' > \"$3\"");

        var success = Assert.IsType<ProverSuccess>(await backend.ProveAsync(Job("the input"), CancellationToken.None));

        Assert.Equal("the input", Encoding.UTF8.GetString(success.Proof.Span));
        Assert.Equal("[\"1\"]\n", Encoding.UTF8.GetString(success.PublicInputs.Span));
        Assert.True(success.WallTime > TimeSpan.Zero);
        var jobFolder = File.ReadAllText(_folder["pwd"]).TrimEnd();
        Assert.StartsWith(WorkingFolder, jobFolder, StringComparison.Ordinal);
        Assert.False(Directory.Exists(jobFolder));
    }

    [Fact]
    public async Task Paths_with_everything_a_shell_would_trip_over_arrive_as_they_are()
    {
        const string nasty = "a b;'\"`touch pwned`$(touch pwned){proof}&|*\n-x";
        var artefact = _folder.Write($"key {nasty.Replace('\n', ' ')}", "key");
        var arguments = new[] { "{input}", "{proof}", "{public}", "--key={artefact:zkey}", "{program}", "$(touch pwned);" };
        await using var backend = Create(
            "for a in \"$@\"; do printf '%s\\0' \"$a\"; done > \"$2\"; ls > \"$3\"",
            options => (options.Arguments, options.WorkingFolder) = ([.. options.Arguments.Take(1), .. arguments], _folder[nasty]));
        var job = Job("x") with { Artefacts = ImmutableDictionary<string, string>.Empty.Add("zkey", artefact) };

        var success = Assert.IsType<ProverSuccess>(await backend.ProveAsync(job, CancellationToken.None));

        var received = Encoding.UTF8.GetString(success.Proof.Span).TrimEnd('\0').Split('\0');
        Assert.StartsWith(_folder[nasty], received[0], StringComparison.Ordinal);
        Assert.Equal<string[]>([$"--key={artefact}", "program-1", "$(touch pwned);"], received[3..]);
        Assert.DoesNotContain("pwned", Encoding.UTF8.GetString(success.PublicInputs.Span), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path, "pwned", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_command_sees_no_standard_input_and_no_environment_but_what_it_is_given()
    {
        Environment.SetEnvironmentVariable("BACKEND_TEST_SECRET", "secret");
        Environment.SetEnvironmentVariable("BACKEND_TEST_PASSED", "passed");
        await using var backend = Create("cat > \"$2\"; echo end >> \"$2\"; env > \"$3\"", options =>
        {
            options.PassEnvironment.Add("BACKEND_TEST_PASSED");
            options.SetEnvironment["BACKEND_TEST_SET"] = "set";
        });

        var success = Assert.IsType<ProverSuccess>(await backend.ProveAsync(Job("x"), CancellationToken.None));

        var environment = Encoding.UTF8.GetString(success.PublicInputs.Span).Split('\n');
        Assert.Equal("end\n", Encoding.UTF8.GetString(success.Proof.Span));
        Assert.Contains("BACKEND_TEST_PASSED=passed", environment, StringComparer.Ordinal);
        Assert.Contains("BACKEND_TEST_SET=set", environment, StringComparer.Ordinal);
        Assert.Contains(environment, variable => variable.StartsWith($"TMPDIR={WorkingFolder}", StringComparison.Ordinal));
        Assert.DoesNotContain(environment, variable => variable.Contains("SECRET", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("echo first >&2; echo boom >&2; exit 3", ProverFailureReason.ExitedWithError, "exit code 3: first\nboom")]
    [InlineData("echo 'only on stdout'; exit 1", ProverFailureReason.ExitedWithError, "exit code 1: only on stdout")]
    [InlineData("kill -SEGV $$", ProverFailureReason.Crashed, "signal 11")]
    [InlineData("exit 0", ProverFailureReason.OutputMissing, "left no proof.json")]
    [InlineData("echo 1 > $2", ProverFailureReason.OutputMissing, "left no public.json")]
    [InlineData(": > $2; echo 1 > $3", ProverFailureReason.OutputMissing, "left no proof.json")]
    [InlineData("mkfifo $2; echo 1 > $3", ProverFailureReason.OutputMissing, "left no proof.json")]
    [InlineData("ln -s /etc/passwd $2; echo 1 > $3", ProverFailureReason.OutputMissing, "left no proof.json")]
    [InlineData("mkdir $2; echo 1 > $3", ProverFailureReason.OutputMissing, "left no proof.json")]
    [InlineData("head -c 2001 /dev/zero > $2; echo 1 > $3", ProverFailureReason.OutputTooLarge, "proof.json has 2001 bytes, MaxProofBytes is 2000")]
    [InlineData("head -c 1001 /dev/zero > $3; sleep 1000", ProverFailureReason.OutputTooLarge, "public.json has 1001 bytes, MaxPublicInputsBytes is 1000")]
    [InlineData("{ head -c 150000000 /dev/zero; sleep 1000; } | tail", ProverFailureReason.MemoryExceeded, "the limit is 100 MiB")]
    public async Task What_goes_wrong_is_told_apart(string script, ProverFailureReason reason, string message)
    {
        await using var backend = Create(script, options =>
            (options.MaxProofBytes, options.MaxPublicInputsBytes, options.MemoryLimitMegabytes) = (2000, 1000, 100));

        await ExpectAsync(backend, reason, message);
    }

    [Fact]
    public async Task A_process_that_is_disposed_holds_no_pipe()
    {
        var child = ChildProcess.Start(new ProcessStartInfo("true"));
        var (input, output) = (child.Input, child.Output);

        await child.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => input.WriteAsync(new byte[1]).AsTask());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => output.ReadAsync(new byte[1]).AsTask());
    }

    /// <summary>When a command ends its output may be waiting in the pipe yet, on a busy machine also when its errors have been read.</summary>
    [Fact]
    public async Task A_process_is_drained_when_its_output_has_been_read()
    {
        await using var child = ChildProcess.Start(new ProcessStartInfo("true"));
        var read = new TaskCompletionSource();
        var drained = child.DrainAsync(read.Task);
        await child.DrainErrorsAsync();
        Assert.False(drained.IsCompleted);
        read.SetResult();
        await drained;
    }

    [Fact]
    public async Task Only_the_end_of_what_a_command_says_is_kept()
    {
        await using var backend = Create("head -c 20000000 /dev/zero | tr '\\0' x >&2; echo; echo the end >&2; exit 1");

        var failure = Assert.IsType<ProverFailure>(await backend.ProveAsync(Job("x"), CancellationToken.None));

        Assert.EndsWith("the end", failure.Message, StringComparison.Ordinal);
        Assert.InRange(failure.Message.Length, 1, 5000);
    }

    [Fact]
    public async Task The_time_limit_kills_the_command_and_its_children()
    {
        await using var backend = Create(
            $"sleep 1000 & echo $! > {_folder["child"]}; echo $$ > {_folder["parent"]}; {Forever}",
            options => options.TimeLimit = TimeSpan.FromSeconds(1));

        await ExpectAsync(backend, ProverFailureReason.TimedOut, "TimeLimit = 00:00:01");

        await ProcessProbe.GoneAsync(await ProcessProbe.ReadIdAsync(_folder["child"]));
        await ProcessProbe.GoneAsync(await ProcessProbe.ReadIdAsync(_folder["parent"]));
    }

    [Fact]
    public async Task Cancelling_kills_the_command()
    {
        await using var backend = Create($"echo $$ > {_folder["pid"]}; {Forever}");
        using var cancel = new CancellationTokenSource();

        var proving = backend.ProveAsync(Job("x"), cancel.Token);
        var process = await ProcessProbe.ReadIdAsync(_folder["pid"]);
        await cancel.CancelAsync();

        Assert.Equal(ProverFailureReason.Cancelled, Assert.IsType<ProverFailure>(await proving).Reason);
        Assert.False(ProcessProbe.IsAlive(process));
    }

    [Fact]
    public async Task A_detached_process_does_not_outlive_its_job()
    {
        await using var backend = Create($"setsid sh -c 'echo $$ > {_folder["pid"]}; exec sleep 1000' & while [ ! -s {_folder["pid"]} ]; do sleep 0.02; done; echo 1 > $2; echo 1 > $3");

        Assert.IsType<ProverSuccess>(await backend.ProveAsync(Job("x"), CancellationToken.None));

        await ProcessProbe.GoneAsync(await ProcessProbe.ReadIdAsync(_folder["pid"]));
    }

    [Fact]
    public async Task Disposing_ends_running_jobs_and_removes_the_folder()
    {
        var backend = Create($"echo $$ > {_folder["pid"]}; {Forever}");
        var proving = backend.ProveAsync(Job("x"), CancellationToken.None);
        var process = await ProcessProbe.ReadIdAsync(_folder["pid"]);

        await backend.DisposeAsync();

        Assert.Equal(ProverFailureReason.Cancelled, Assert.IsType<ProverFailure>(await proving).Reason);
        Assert.False(ProcessProbe.IsAlive(process));
        Assert.Empty(Directory.GetFileSystemEntries(WorkingFolder));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => backend.ProveAsync(Job("x"), CancellationToken.None));
    }

    [Fact]
    public async Task The_next_worker_sweeps_what_a_killed_one_left_and_nothing_else()
    {
        var id = Guid.NewGuid().ToString("N");
        Directory.CreateDirectory(Path.Combine(WorkingFolder, id, "1"));
        File.WriteAllText(Path.Combine(WorkingFolder, $"{id}.lock"), "");
        Directory.CreateDirectory(Path.Combine(WorkingFolder, "foreign"));
        File.WriteAllText(Path.Combine(WorkingFolder, "foreign.lock"), "");
        using var orphan = Process.Start(new ProcessStartInfo("sleep", ["1000"]) { Environment = { ["PROVING_MARKET_JOB"] = $"{id}/1/" } })!;
        await using var alive = Create($"echo $$ > {_folder["alive"]}; {Forever}");
        var proving = alive.ProveAsync(Job("x"), CancellationToken.None);
        var running = await ProcessProbe.ReadIdAsync(_folder["alive"]);

        await using var next = Create("exit 0");
        await next.PrepareAsync(null, CancellationToken.None);

        await orphan.WaitForExitAsync();
        Assert.False(Directory.Exists(Path.Combine(WorkingFolder, id)));
        Assert.False(File.Exists(Path.Combine(WorkingFolder, $"{id}.lock")));
        Assert.True(Directory.Exists(Path.Combine(WorkingFolder, "foreign")));
        Assert.True(ProcessProbe.IsAlive(running));
        await alive.DisposeAsync();
        Assert.Equal(ProverFailureReason.Cancelled, Assert.IsType<ProverFailure>(await proving).Reason);
    }

    [Fact]
    public async Task Jobs_run_side_by_side_in_folders_of_their_own()
    {
        // Each waits until all four have begun, so they finish only if they run together.
        await using var backend = Create(
            $"echo x > {_folder["begun"]}-$$; while [ $(ls {_folder["begun"]}-* | wc -l) -lt 4 ]; do sleep 0.02; done; cat $1 > $2; pwd > $3");

        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => backend.ProveAsync(Job($"{i}"), CancellationToken.None)));

        var successes = results.Select(Assert.IsType<ProverSuccess>).ToArray();
        Assert.Equal("0123", string.Concat(successes.Select(success => Encoding.UTF8.GetString(success.Proof.Span))));
        Assert.Equal(4, successes.Select(success => Encoding.UTF8.GetString(success.PublicInputs.Span)).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task A_missing_executable_artefact_or_folder_and_a_large_input_are_named()
    {
        var file = _folder.Write("file", "");
        await using var noExecutable = Create("", options => options.Executable = "no-such-prover");
        await using var notExecutable = Create("", options => options.Executable = file);
        await using var noArtefact = Create("", options => options.Arguments.Add("{artefact:zkey}"));
        await using var noFolder = Create("", options => options.WorkingFolder = Path.Combine(file, "jobs"));
        await using var small = Create("", options => options.MaxInputBytes = MarketLimits.InputBytes);

        await ExpectAsync(noExecutable, ProverFailureReason.BackendMissing, "Executable 'no-such-prover' was not found");
        await ExpectAsync(notExecutable, ProverFailureReason.BackendMissing, $"cannot be run: {file} is not executable");
        await ExpectAsync(noArtefact, ProverFailureReason.ArtefactMissing, "role 'zkey'");
        await ExpectAsync(noFolder, ProverFailureReason.WorkingFolderUnusable, $"WorkingFolder '{file}/jobs' cannot be used");
        await ExpectAsync(small, ProverFailureReason.InputTooLarge, "1048577 bytes, MaxInputBytes is 1048576", new string(' ', MarketLimits.InputBytes + 1));
    }

    [Fact]
    public void Less_than_the_largest_input_of_a_request_is_refused_by_name()
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Create("", options => options.MaxInputBytes = MarketLimits.InputBytes - 1));
        Assert.Contains("MaxInputBytes", Assert.Single(refusal.Failures), StringComparison.Ordinal);
    }

    private static ProverJob Job(string input) => new()
    {
        ProgramId = "program-1",
        Artefacts = ImmutableDictionary<string, string>.Empty,
        Input = Encoding.UTF8.GetBytes(input),
    };

    private static async Task ExpectAsync(CommandBackend backend, ProverFailureReason reason, string message, string input = "input")
    {
        var failure = Assert.IsType<ProverFailure>(await backend.ProveAsync(Job(input), CancellationToken.None));
        Assert.Equal(reason, failure.Reason);
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    private CommandBackend Create(string script, Action<CommandOptions>? configure = null)
    {
        var options = new CommandOptions
        {
            Name = "test",
            Executable = "/bin/sh",
            Arguments = [_folder.Write($"script-{Guid.NewGuid():N}", script), "{input}", "{proof}", "{public}"],
            WorkingFolder = WorkingFolder,
            TimeLimit = TimeSpan.FromSeconds(30),
        };
        configure?.Invoke(options);
        return new CommandBackend(options, NullLogger<CommandBackend>.Instance, TimeProvider.System);
    }
}
