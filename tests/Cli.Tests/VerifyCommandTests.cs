using System.Diagnostics;
using System.Text.Json;
using ProvingMarket.Cli.Commands;
using ProvingMarket.Proofs.Groth16;

namespace ProvingMarket.Cli.Tests;

public sealed class VerifyCommandTests : IDisposable
{
    private const string Key = "verification_key.json";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("market-verify-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("product", "proof.json", "public.json", 1)]
    [InlineData("polynomial", "proof.json", "public.json", 4)]
    [InlineData("polynomial", "proof-again.json", "public.json", 4)]
    [InlineData("polynomial", "proof-zero.json", "public-zero.json", 4)]
    public async Task A_valid_proof_exits_0(string folder, string proof, string inputs, int count)
    {
        var (exitCode, output, error) = await Verify(Vector(folder, Key), Vector(folder, proof), Vector(folder, inputs));
        Assert.Equal((0, ""), (exitCode, error));
        Assert.StartsWith($"valid: groth16, public inputs: {count}, ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_valid_proof_is_one_JSON_object()
    {
        var (exitCode, output, error) = await Verify(Product(Key), Product("proof.json"), Product("public.json"), "--json");
        var report = JsonDocument.Parse(output).RootElement;
        Assert.Equal((0, ""), (exitCode, error));
        Assert.True(report.GetProperty("valid").GetBoolean());
        Assert.Equal("groth16", report.GetProperty("system").GetString());
        Assert.Equal("Valid", report.GetProperty("code").GetString());
        Assert.Equal(1, report.GetProperty("publicInputs").GetInt32());
        Assert.True(report.GetProperty("elapsedMs").GetDouble() > 0);
        Assert.Equal("valid system code reason publicInputs elapsedMs", string.Join(' ', report.EnumerateObject().Select(p => p.Name)));
    }

    [Theory]
    [InlineData("[\"34\"]", "EquationFailed", "proof")]
    [InlineData("[]", "WrongPublicInputCount", "public")]
    [InlineData("[\"33\",\"33\"]", "WrongPublicInputCount", "public")]
    [InlineData(
        "[\"21888242871839275222246405745257275088548364400416034343698204186575808495650\"]", "NotCanonical", "public[0]")]
    public async Task Wrong_public_inputs_exit_1(string inputs, string code, string field)
    {
        var file = await Write("public.json", inputs);
        var (exitCode, output, _) = await Verify(Product(Key), Product("proof.json"), file, "--json");
        AssertReport(output, code, field);
        Assert.Equal(1, exitCode);

        (exitCode, output, var error) = await Verify(Product(Key), Product("proof.json"), file);
        Assert.Equal((1, ""), (exitCode, error));
        Assert.StartsWith("invalid: ", output, StringComparison.Ordinal);
        Assert.EndsWith($"({code})", output.TrimEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"pi_a\":[\"1\",\"1\",\"1\"]}", "NotOnCurve", "pi_a")]
    [InlineData("{\"pi_a\":[\"0\",\"1\",\"0\"]}", "PointAtInfinity", "pi_a")]
    [InlineData(
        "{\"pi_a\":[\"21888242871839275222246405745257275088696311157297823662689037894645226208583\"]}", "NotCanonical", "pi_a[0]")]
    public async Task A_readable_proof_with_a_wrong_point_exits_1(string proof, string code, string field)
    {
        var (exitCode, output, _) = await Verify(Product(Key), await Write("proof.json", proof), Product("public.json"), "--json");
        Assert.Equal(1, exitCode);
        AssertReport(output, code, field);
    }

    [Theory]
    [InlineData("proof", "garbage", "MalformedJson", "proof")]
    [InlineData("proof", "{}", "MissingField", "pi_a")]
    [InlineData("proof", "{\"pi_a\":[\"-1\"]}", "NotDecimal", "pi_a[0]")]
    [InlineData("proof", "{\"pi_a\":1}", "WrongType", "pi_a")]
    [InlineData("proof", "{\"protocol\":\"plonk\"}", "WrongProtocol", "protocol")]
    [InlineData("public", "{}", "WrongType", "public")]
    [InlineData("public", "[33]", "WrongType", "public[0]")]
    [InlineData("vk", "{", "MalformedJson", "key")]
    [InlineData("vk", "{\"vk_alpha_1\":[\"1\",\"1\",\"1\"]}", "NotOnCurve", "vk_alpha_1")]
    public async Task An_unreadable_document_or_a_bad_key_exits_2(string document, string content, string code, string field)
    {
        var file = await Write("bad.json", content);
        var (key, proof, inputs) = (Product(Key), Product("proof.json"), Product("public.json"));
        var (exitCode, output, _) = await Verify(
            document == "vk" ? file : key, document == "proof" ? file : proof, document == "public" ? file : inputs, "--json");
        Assert.Equal(2, exitCode);
        AssertReport(output, code, field);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_missing_file_exits_2_and_is_named(int index)
    {
        var missing = Path.Combine(_folder.FullName, "absent.json");
        string[] files = [Product(Key), Product("proof.json"), Product("public.json")];
        files[index] = missing;
        var (exitCode, output, error) = await Verify(files[0], files[1], files[2]);
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(missing, error, StringComparison.Ordinal);
        Assert.Contains("MissingFile", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_over_the_limit_exits_2()
    {
        var large = Path.Combine(_folder.FullName, "large.json");
        await using (var stream = File.Create(large))
            stream.SetLength((16 * 1024 * 1024) + 1);

        var (exitCode, output, _) = await Verify(Product(Key), large, Product("public.json"), "--json");
        Assert.Equal(2, exitCode);
        Assert.Equal("FileTooLarge", JsonDocument.Parse(output).RootElement.GetProperty("code").GetString());

        var (documentExitCode, documentOutput, _) = await Verify(
            Product(Key), await Write("long.json", new string(' ', Groth16Limits.Default.MaxProofBytes + 1)), Product("public.json"), "--json");
        Assert.Equal(2, documentExitCode);
        AssertReport(documentOutput, "DocumentTooLarge", "proof");
    }

    [Fact]
    public async Task A_folder_exits_2()
    {
        var (exitCode, output, _) = await Verify(_folder.FullName, Product("proof.json"), Product("public.json"), "--json");
        Assert.Equal(2, exitCode);
        Assert.Equal("UnreadableFile", JsonDocument.Parse(output).RootElement.GetProperty("code").GetString());
    }

    [Fact]
    public async Task An_unknown_system_exits_2_and_the_known_ones_are_named()
    {
        var (exitCode, _, error) = await Run("verify", "--system", "stark", "--vk", "a", "--proof", "b", "--public", "c");
        Assert.Equal(2, exitCode);
        Assert.Contains("\"stark\"", error, StringComparison.Ordinal);
        Assert.Contains("groth16", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("verify", "--system", "groth16")]
    [InlineData("verify", "--system")]
    [InlineData("verify", "--system", "groth16", "--vk", "a", "--proof", "b", "--public", "c", "--bogus")]
    [InlineData("verify", "--system", "groth16", "--vk", "", "--proof", "b", "--public", "c")]
    [InlineData("bogus")]
    [InlineData]
    public async Task Wrong_arguments_exit_2(params string[] args)
    {
        var (exitCode, _, error) = await Run(args);
        Assert.Equal(2, exitCode);
        Assert.False(string.IsNullOrWhiteSpace(error));
    }

    [Fact]
    public async Task Help_shows_exit_codes_and_examples()
    {
        var (exitCode, output, error) = await Run("verify", "--help");
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("Exit codes:", output, StringComparison.Ordinal);
        Assert.Contains("market verify --system groth16 --vk", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_program_itself_exits_with_the_same_codes()
    {
        Assert.Equal(0, await RunProgram(Product("public.json")));
        Assert.Equal(1, await RunProgram(await Write("wrong.json", "[\"34\"]")));
        Assert.Equal(2, await RunProgram(await Write("unreadable.json", "[34]")));
    }

    private static string Product(string file) => Vector("product", file);

    private static string Vector(string folder, string file) => Path.Combine(AppContext.BaseDirectory, "Vectors", folder, file);

    private static void AssertReport(string output, string code, string field)
    {
        var report = JsonDocument.Parse(output).RootElement;
        Assert.False(report.GetProperty("valid").GetBoolean());
        Assert.Equal(code, report.GetProperty("code").GetString());
        Assert.Equal(field, report.GetProperty("field").GetString());
        Assert.False(string.IsNullOrWhiteSpace(report.GetProperty("reason").GetString()));
    }

    private static Task<(int ExitCode, string Output, string Error)> Verify(
        string key, string proof, string inputs, params string[] more) =>
        Run(["verify", "--system", "groth16", "--vk", key, "--proof", proof, "--public", inputs, .. more]);

    private static async Task<(int ExitCode, string Output, string Error)> Run(params string[] args)
    {
        using StringWriter output = new(), error = new();
        var exitCode = await MarketCommand.RunAsync(args, output, error);
        return (exitCode, output.ToString(), error.ToString());
    }

    private static async Task<int> RunProgram(string inputs)
    {
        string[] args =
        [
            Path.Combine(AppContext.BaseDirectory, "market.dll"),
            "verify", "--system", "groth16", "--vk", Product(Key), "--proof", Product("proof.json"), "--public", inputs,
        ];
        using var process = Process.Start(
            new ProcessStartInfo("dotnet", args) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private async Task<string> Write(string name, string content)
    {
        var path = Path.Combine(_folder.FullName, name);
        await File.WriteAllTextAsync(path, content);
        return path;
    }
}
