using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Options;
using ProvingMarket.Client.Backends;
using ProvingMarket.Domain;

namespace ProvingMarket.Client.Tests.Backends;

[Collection(nameof(SnarkjsGroup))]
public class SnarkjsBackendTests(SnarkjsFixture snarkjs)
{
    private static readonly Circuit s_poseidon = new("poseidon-preimage");
    private static readonly Circuit s_merkle = new("merkle-membership");

    private static readonly JsonSerializerOptions s_asItIs = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string> Circuits => [.. Circuit.Names];

    [Theory, MemberData(nameof(Circuits))]
    public async Task Snarkjs_accepts_the_proof_for_its_public_inputs_and_no_others(string name)
    {
        var circuit = new Circuit(name);
        var expected = circuit.PublicInputs(circuit.Input(2));

        var success = await ProveAsync(circuit.Job(2));

        Assert.Equal(expected, PublicInputs(success));
        var verdicts = await Task.WhenAll(
            snarkjs.VerifyAsync(circuit, success, expected), snarkjs.VerifyAsync(circuit, success, [.. expected[..^1], "1"]));
        Assert.Equal((true, false), (verdicts[0], verdicts[1]));
        Assert.InRange(success.WallTime, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
        Assert.InRange(success.PeakMemoryBytes ?? 0, 30L << 20, 1L << 30);
    }

    [Fact]
    public async Task More_jobs_than_slots_each_get_their_own_proof()
    {
        var jobs = Enumerable.Range(0, 6).Select(i => s_poseidon.Input((i % 4) + 1)).ToArray();

        var results = await Task.WhenAll(jobs.Select(input => ProveAsync(s_poseidon.Job(input))));

        Assert.Equal(jobs.SelectMany(s_poseidon.PublicInputs).ToArray(), results.SelectMany(PublicInputs).ToArray());
        Assert.Equal(2, snarkjs.Backend.IdleProcessIds.Count);
    }

    [Theory]
    [InlineData("""{"hash":"1","preimage":["1","2"]}""", "Assert Failed")]
    [InlineData("""{"hash":"1"}""", "Not all inputs have been set")]
    [InlineData("""{"hash":"1","preimage":["1","2","3"]}""", "Too many values for input signal preimage")]
    [InlineData("""{"hash":"1","preimage":["1",12345678901234567890]}""", "not exact")]
    [InlineData("""{"hash":"one","preimage":["1","2"]}""", "no whole number")]
    [InlineData("""{"hash":1.5,"preimage":["1","2"]}""", "not exact")]
    [InlineData("""["1","2"]""", "must be a JSON object")]
    [InlineData("""{"hash":""", "JSON")]
    [InlineData("\"}\n{\"id\":1}", "JSON")]
    [InlineData("", "JSON")]
    public async Task A_bad_input_is_refused_with_its_reason_and_costs_no_process(string input, string reason)
    {
        var before = snarkjs.Backend.IdleProcessIds.Order();

        await ExpectAsync(ProverFailureReason.InputRejected, reason, s_poseidon.Job(Encoding.UTF8.GetBytes(input)));

        Assert.Equal(before, snarkjs.Backend.IdleProcessIds.Order());
    }

    [Fact]
    public async Task The_name_of_a_signal_makes_no_long_reply_and_no_lines_of_its_own()
    {
        string[] names =
        [
            new('k', 1_048_569), // with what stands around it the largest input that the market takes
            string.Concat(Enumerable.Repeat("\n2026-01-01 00:00:00 info: all is well \u001b[2J\u202e", 500)),
            string.Concat(Enumerable.Repeat("\\\"\u4e2d\ud83d\ude00", 500)),
        ];
        await using var backend = await CreateWarmAsync(options => options.MaxOutputBytes = 1024);
        var before = Assert.Single(backend.IdleProcessIds);

        foreach (var name in names)
        {
            var input = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, int> { [name] = 1 }, s_asItIs);
            var failure = await FailAsync(s_poseidon.Job(input), backend);
            Assert.Equal(ProverFailureReason.InputRejected, failure.Reason);
            Assert.Contains("input signal ", failure.Message, StringComparison.Ordinal);
            Assert.InRange(failure.Message.Length, 1, 500);
            Assert.DoesNotContain(failure.Message, character => char.IsControl(character) || char.GetUnicodeCategory(character) == UnicodeCategory.Format);
        }
        Assert.Equal(before, Assert.Single(backend.IdleProcessIds));
    }

    [Fact]
    public async Task Nothing_of_what_is_to_stay_secret_is_in_a_refusal()
    {
        const string Secret = "mysecretvalue42";
        var secret = Secret + new string('1', 5000);
        string[] inputs =
        [
            $$"""{"hash":"{{Secret}}","preimage":["1","2"]}""", $$"""{"hash":"{{secret}}","preimage":["1","2"]}""", $$"""{"hash":{{Secret}}}""",
            $$"""{"hash":{{secret}}}""", $$"""{"{{Secret}}""", """{"hash":8042.1}""", """{"hash":"8042.1","preimage":["1","2"]}""",
        ];
        await using var backend = await CreateWarmAsync(options => options.MaxOutputBytes = 1024);
        var before = Assert.Single(backend.IdleProcessIds);

        foreach (var input in inputs)
        {
            var failure = await FailAsync(s_poseidon.Job(Encoding.UTF8.GetBytes(input)), backend);
            Assert.Equal(ProverFailureReason.InputRejected, failure.Reason);
            Assert.DoesNotContain("secret", failure.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("8042", failure.Message, StringComparison.Ordinal);
        }
        Assert.Equal(before, Assert.Single(backend.IdleProcessIds));
    }

    [Fact]
    public Task An_input_that_is_not_text_is_refused() =>
        ExpectAsync(ProverFailureReason.InputRejected, "not UTF-8", s_poseidon.Job([0x7B, 0xFF, 0x7D]));

    [Fact]
    public async Task An_input_over_the_limit_is_refused_by_name()
    {
        await using var backend = snarkjs.Create(options => options.MaxInputBytes = MarketLimits.InputBytes);

        await ExpectAsync(ProverFailureReason.InputTooLarge, "MaxInputBytes is 1048576", s_poseidon.Job(new byte[MarketLimits.InputBytes + 1]), backend);
    }

    [Fact]
    public void Less_than_the_largest_input_of_a_request_is_refused_by_name()
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => snarkjs.Create(options => options.MaxInputBytes = MarketLimits.InputBytes - 1));
        Assert.Contains("MaxInputBytes", Assert.Single(refusal.Failures), StringComparison.Ordinal);
    }

    /// <summary>Each is what Node.js throws when the machine cannot give it what it asks for. The wrong fault would cost the prover its bond, or the requester its proof.</summary>
    [Theory]
    [InlineData("memory", "Out of memory: Cannot allocate Wasm memory")]
    [InlineData("files", "EMFILE: too many open files")]
    public async Task What_the_machine_has_too_little_of_is_neither_the_inputs_fault_nor_the_files(string shortage, string message)
    {
        using var folder = new TemporaryFolder();
        var flag = folder["short"];
        var preload = folder.Write("short.cjs", $$"""
            const files = require("node:fs/promises");
            const { readFile } = files;
            const { instantiate } = WebAssembly;
            const isShort = (what) => require("node:fs").existsSync("{{flag}}") && what === "{{shortage}}";
            WebAssembly.instantiate = async (...of) => {
              if (isShort("memory")) throw new RangeError("WebAssembly.instantiate(): Out of memory: Cannot allocate Wasm memory for new instance");
              return instantiate(...of);
            };
            files.readFile = async (...of) => {
              if (isShort("files")) throw Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE" });
              return readFile(...of);
            };
            require("node:module").syncBuiltinESMExports();
            """);
        var node = folder.WriteExecutable("node", $"exec node --require '{preload}' \"$@\"");
        await using var backend = await CreateWarmAsync(options => options.NodeExecutable = node);
        folder.Write("short", "");
        await ExpectAsync(ProverFailureReason.Crashed, message, s_poseidon.Job(), backend);
        File.Delete(flag);
        await ProveAsync(s_poseidon.Job(), backend);
    }

    [Fact]
    public async Task A_stack_that_overflows_is_the_inputs_fault()
    {
        const int Depth = 400_000;
        await ExpectAsync(ProverFailureReason.InputRejected, "", s_poseidon.Job(Encoding.UTF8.GetBytes("{\"hash\":" + new string('[', Depth) + new string(']', Depth) + "}")));
    }

    /// <summary>Node.js reads no file of 2 GiB at once. It is there, though, and large circuits have such keys.</summary>
    [Fact]
    public async Task A_long_proving_key_is_read_piece_by_piece()
    {
        using var folder = new TemporaryFolder();
        var zkey = folder["circuit.zkey"];
        await using (var sparse = File.Create(zkey)) sparse.SetLength((1L << 31) + 1);
        var job = s_poseidon.Job();
        await ExpectAsync(ProverFailureReason.ArtefactInvalid, "Invalid File format", job with { Artefacts = job.Artefacts.SetItem(ArtefactRoles.ProvingKey, zkey) });
        await ExpectAsync(ProverFailureReason.ArtefactInvalid, "wasm: ", job with { Artefacts = job.Artefacts.SetItem(ArtefactRoles.WitnessGenerator, zkey) });
    }

    [Fact]
    public async Task Missing_and_wrong_program_files_are_told_apart()
    {
        var job = s_poseidon.Job();
        ProverJob With(string role, string path) => job with { Artefacts = job.Artefacts.SetItem(role, path) };

        await ExpectAsync(ProverFailureReason.ArtefactMissing, "'zkey'", job with { Artefacts = job.Artefacts.Remove(ArtefactRoles.ProvingKey) });
        await ExpectAsync(ProverFailureReason.ArtefactMissing, "zkey: ENOENT", With(ArtefactRoles.ProvingKey, "/nowhere/at.all"));
        await ExpectAsync(ProverFailureReason.ArtefactInvalid, "zkey: ", With(ArtefactRoles.ProvingKey, s_merkle.Zkey));
        await ExpectAsync(ProverFailureReason.ArtefactInvalid, "zkey: ", With(ArtefactRoles.ProvingKey, s_poseidon.VerificationKey));
        await ExpectAsync(ProverFailureReason.ArtefactInvalid, "wasm: ", With(ArtefactRoles.WitnessGenerator, s_poseidon.Zkey));
    }

    [Fact]
    public async Task Cancelling_kills_the_process_before_it_answers_and_the_next_job_gets_another()
    {
        await using var backend = await CreateWarmAsync();
        var process = Assert.Single(backend.IdleProcessIds);
        using var cancel = new CancellationTokenSource();

        var proving = backend.ProveAsync(s_merkle.Job(), cancel.Token);
        Assert.Empty(backend.IdleProcessIds); // it has the job
        await cancel.CancelAsync();

        Assert.Equal(ProverFailureReason.Cancelled, Assert.IsType<ProverFailure>(await proving).Reason);
        Assert.False(ProcessProbe.IsAlive(process));
        await ProveAsync(s_poseidon.Job(), backend);
        Assert.NotEqual(process, Assert.Single(backend.IdleProcessIds));
    }

    [Fact]
    public async Task A_process_killed_in_the_middle_of_a_proof_is_a_crash_and_the_next_proof_works()
    {
        await using var backend = await CreateWarmAsync();
        var process = Assert.Single(backend.IdleProcessIds);

        var proving = backend.ProveAsync(s_merkle.Job(), CancellationToken.None);
        Assert.Empty(backend.IdleProcessIds);
        ProcessProbe.Kill(process);

        var failure = Assert.IsType<ProverFailure>(await proving);
        Assert.Equal(ProverFailureReason.Crashed, failure.Reason);
        Assert.Contains($"process {process}) ended with exit code 137", failure.Message, StringComparison.Ordinal);
        await ProveAsync(s_poseidon.Job(), backend);
    }

    [Fact]
    public async Task A_process_that_died_while_it_waited_is_replaced_without_a_failure()
    {
        await using var backend = await CreateWarmAsync();
        var process = Assert.Single(backend.IdleProcessIds);

        ProcessProbe.Kill(process);
        await ProcessProbe.UntilAsync(() => backend.IdleProcessIds.Count == 0, "its death is noticed");

        await ProveAsync(s_poseidon.Job(), backend);
        Assert.NotEqual(process, Assert.Single(backend.IdleProcessIds));
    }

    [Fact]
    public async Task The_limits_of_time_memory_and_output_end_a_proof_and_are_named()
    {
        await using var hasty = snarkjs.Create(options => options.ProofTimeLimit = TimeSpan.FromMilliseconds(100));
        await using var small = snarkjs.Create(options => options.MemoryLimitMegabytes = 100);
        await using var terse = snarkjs.Create(options => options.MaxOutputBytes = 1024);

        await Task.WhenAll(
            ExpectAsync(ProverFailureReason.TimedOut, "ProofTimeLimit = 00:00:00.1", s_merkle.Job(), hasty),
            ExpectAsync(ProverFailureReason.MemoryExceeded, "the limit is 100 MiB", s_merkle.Job(), small),
            ExpectAsync(ProverFailureReason.OutputTooLarge, "MaxOutputBytes = 1024", s_merkle.Job(), terse));

        Assert.Empty(hasty.IdleProcessIds.Concat(small.IdleProcessIds).Concat(terse.IdleProcessIds));
    }

    [Fact]
    public async Task Waiting_for_a_slot_can_be_cancelled()
    {
        await using var backend = await CreateWarmAsync();
        using var cancel = new CancellationTokenSource();

        var running = ProveAsync(s_poseidon.Job(), backend);
        var waiting = backend.ProveAsync(s_poseidon.Job(), cancel.Token);
        await cancel.CancelAsync();

        var failure = Assert.IsType<ProverFailure>(await waiting);
        Assert.Equal((ProverFailureReason.Cancelled, "cancelled before proving"), (failure.Reason, failure.Message));
        await running;
    }

    [Fact]
    public async Task Disposing_ends_running_jobs_and_leaves_no_process()
    {
        var backend = await CreateWarmAsync();
        var process = Assert.Single(backend.IdleProcessIds);
        var proving = backend.ProveAsync(s_merkle.Job(), CancellationToken.None);

        await backend.DisposeAsync();

        Assert.Equal(ProverFailureReason.Cancelled, Assert.IsType<ProverFailure>(await proving).Reason);
        Assert.False(ProcessProbe.IsAlive(process));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => backend.ProveAsync(s_merkle.Job(), CancellationToken.None));
    }

    private static string[] PublicInputs(ProverSuccess success) => JsonSerializer.Deserialize<string[]>(success.PublicInputs.Span)!;

    private async Task<Client.Backends.Snarkjs.SnarkjsBackend> CreateWarmAsync(Action<Client.Backends.Snarkjs.SnarkjsOptions>? configure = null)
    {
        var backend = snarkjs.Create(configure);
        await backend.PrepareAsync(null, CancellationToken.None);
        return backend;
    }

    private async Task<ProverSuccess> ProveAsync(ProverJob job, IProverBackend? backend = null) =>
        Assert.IsType<ProverSuccess>(await (backend ?? snarkjs.Backend).ProveAsync(job, CancellationToken.None));

    private async Task ExpectAsync(ProverFailureReason reason, string text, ProverJob job, IProverBackend? backend = null)
    {
        var failure = await FailAsync(job, backend);
        Assert.Equal(reason, failure.Reason);
        Assert.Contains(text, failure.Message, StringComparison.Ordinal);
    }

    private async Task<ProverFailure> FailAsync(ProverJob job, IProverBackend? backend = null) =>
        Assert.IsType<ProverFailure>(await (backend ?? snarkjs.Backend).ProveAsync(job, CancellationToken.None));
}
