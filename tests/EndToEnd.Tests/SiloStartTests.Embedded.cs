using ProvingMarket.EndToEnd.Tests.Processes;

namespace ProvingMarket.EndToEnd.Tests;

/// <summary>What keeps a silo on Orleans.Embedded from starting.</summary>
public sealed class SiloStartTests
{
    [Fact]
    public async Task A_data_folder_that_another_uses_ends_the_start_with_exit_code_1_and_one_line()
    {
        var folder = Directory.CreateTempSubdirectory("silo-start-");
        try
        {
            await using var other = new FileStream(Path.Combine(folder.FullName, "market.db.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            await using var silo = Program.Start("ProvingMarket.Silo.dll", "--data-folder", folder.FullName, "--gateway-port", "0", "--web-port", "0");

            Assert.Equal(1, await silo.ExitAsync());
            var line = Assert.Single(silo.Output.Split('\n'), line => line.Contains("did not start", StringComparison.Ordinal));
            Assert.Contains($"Silo:DataFolder = '{folder.FullName}'", line, StringComparison.Ordinal);
            Assert.Contains("is in use by another process", line, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", silo.Output, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
