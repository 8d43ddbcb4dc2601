using ProvingMarket.EndToEnd.Tests.Processes;

namespace ProvingMarket.EndToEnd.Tests;

/// <summary>The data of a market is cut into shards once. On one machine, where data outlives a silo without a server.</summary>
public sealed class SiloLayoutTests
{
    [Fact]
    public async Task Data_that_was_begun_with_other_shards_is_refused_with_exit_code_2_and_the_settings_name()
    {
        var folder = Directory.CreateTempSubdirectory("market-").FullName;
        string[] arguments = ["--data-folder", folder, "--gateway-port", "0", "--silo-port", "0", "--web-port", "0"];
        await using (var first = Program.Start("ProvingMarket.Silo.dll", arguments))
        {
            await first.LineAsync(line => line.Contains("Now listening on", StringComparison.Ordinal));
            await first.TerminateAsync();
            Assert.Equal(0, await first.ExitAsync());
        }
        await using var second = Program.Start("ProvingMarket.Silo.dll", [("Market__RegistryShards", "4")], arguments);

        Assert.Equal(2, await second.ExitAsync());
        Assert.Contains("Market:RegistryShards must be 16, with which the data began, was 4.", second.Output, StringComparison.Ordinal);
    }
}
