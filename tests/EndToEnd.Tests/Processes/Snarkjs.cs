using ProvingMarket.Client.Backends.Snarkjs;

namespace ProvingMarket.EndToEnd.Tests.Processes;

/// <summary>snarkjs itself, as the worker has installed it.</summary>
internal static class Snarkjs
{
    /// <summary>The folder that requires it.</summary>
    public static string Folder() =>
        Path.GetDirectoryName(Directory.EnumerateDirectories(new SnarkjsOptions().CacheFolder, "snarkjs", SearchOption.AllDirectories)
            .First(found => found.EndsWith(Path.Combine("node_modules", "snarkjs"), StringComparison.Ordinal)))!;

    /// <summary>Runs <c>snarkjs groth16 verify</c>, as people do: the exit code and what it printed.</summary>
    public static async Task<(int ExitCode, string Output)> VerifyAsync(string key, string publicInputs, string proof)
    {
        await using var snarkjs = Program.StartFile("node", Path.Combine(Folder(), "snarkjs", "build", "cli.cjs"), "groth16", "verify", key, publicInputs, proof);
        return (await snarkjs.ExitAsync(), snarkjs.Output);
    }
}
