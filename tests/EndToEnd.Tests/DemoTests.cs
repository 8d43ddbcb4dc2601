using System.Text.Json;
using ProvingMarket.EndToEnd.Tests.Processes;

namespace ProvingMarket.EndToEnd.Tests;

/// <summary>The README's first command, and what it claims, judged by snarkjs itself.</summary>
public sealed class DemoTests
{
    [Fact]
    public async Task The_demonstration_keeps_its_promises_and_snarkjs_accepts_its_proofs()
    {
        using var folder = new TemporaryFolder();
        await using var demo = Program.Start("market.dll", "demo", "--keep", folder.Path);

        var exit = await demo.ExitAsync(TimeSpan.FromMinutes(6));

        Assert.True(exit == 0, demo.Output);
        Assert.Contains("Everything promised happened", demo.Output, StringComparison.Ordinal);
        var proofs = Path.Combine(folder.Path, "proofs");
        Assert.Equal(6, Directory.GetDirectories(proofs).Length);

        await using var snarkjs = Program.StartFile("node", Path.Combine(AppContext.BaseDirectory, "snarkjs-verify.cjs"), Snarkjs.Folder(), proofs);
        Assert.True(await snarkjs.ExitAsync() == 0, snarkjs.Output);
        var verdicts = snarkjs.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(6, verdicts.Length);
        Assert.All(verdicts, verdict => Assert.EndsWith(" true", verdict, StringComparison.Ordinal));

        foreach (var proof in Directory.GetDirectories(proofs))
        {
            await using var verify = Program.Start(
                "market.dll", "verify", "--system", "groth16", "--vk", Path.Combine(proof, "verification_key.json"),
                "--proof", Path.Combine(proof, "proof.json"), "--public", Path.Combine(proof, "public.json"));
            Assert.True(await verify.ExitAsync() == 0, verify.Output);
        }
    }

    [Fact]
    public async Task The_demonstration_with_named_mechanisms_shows_them_side_by_side()
    {
        await using var demo = Program.Start("market.dll", "demo", "--explicit");

        var exit = await demo.ExitAsync(TimeSpan.FromMinutes(6));

        Assert.True(exit == 0, demo.Output);
        foreach (var (request, mechanism) in ((string, string)[])[("1-poseidon-preimage", "race"), ("2-merkle-membership", "random-election"), ("3-eddsa-signature", "sealed-bid-auction")])
            Assert.Matches($"│ {request} +│ {mechanism} +│ Fulfilled ", demo.Output);
    }

    /// <summary>The object is all there is on standard output, in one line; what happens meanwhile is told elsewhere.</summary>
    [Fact]
    public async Task The_demonstration_is_one_object_when_asked()
    {
        await using var demo = Program.StartFile("sh", "-c", "exec dotnet \"$0\" demo --explicit --json 2>/dev/null", Path.Combine(AppContext.BaseDirectory, "market.dll"));

        var exit = await demo.ExitAsync(TimeSpan.FromMinutes(6));

        Assert.True(exit == 0, demo.Output);
        using var result = JsonDocument.Parse(demo.Output);
        Assert.Equal(7, result.RootElement.GetProperty("requests").GetArrayLength());
        Assert.All(result.RootElement.GetProperty("promises").EnumerateArray(), promise => Assert.True(promise.GetProperty("holds").GetBoolean(), $"{promise}"));
        var money = result.RootElement.GetProperty("money");
        Assert.Equal(money.GetProperty("before").GetString(), money.GetProperty("after").GetString());
    }
}
