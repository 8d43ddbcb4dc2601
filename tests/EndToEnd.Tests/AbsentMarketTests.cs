using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ProvingMarket.EndToEnd.Tests.Processes;

namespace ProvingMarket.EndToEnd.Tests;

/// <summary>What commands do when there is no market, and when somebody does not want to wait for it any longer.</summary>
public sealed class AbsentMarketTests
{
    [Fact]
    public async Task A_command_gives_up_and_names_the_market_the_time_and_the_reason()
    {
        var gateway = Gateway(Ports.Free());
        await using var market = Program.Start("market.dll", "account", "balance", "--account", "alice", "--gateway", gateway, "--connect-timeout", "1s");

        Assert.Equal(1, await market.ExitAsync());
        Assert.Contains($"The market at {gateway} could not be reached within 1 s (--connect-timeout)", market.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("StartTimeout", market.Output, StringComparison.Ordinal);
        // In the words of the engine's client.
        Assert.Matches("refused|Unable to connect to any of the 1 available gateways", market.Output);
        AssertNoStack(market);
    }

    [Fact]
    public async Task A_command_that_is_interrupted_while_it_connects_says_so_by_its_exit_code()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var market = Program.StartInterruptible("market.dll", "request", "wait", "r1", "--gateway", $"{silent.LocalEndpoint}");
        using var connected = await silent.AcceptTcpClientAsync().WaitAsync(TimeSpan.FromMinutes(1));

        await market.InterruptAsync();

        Assert.Equal(130, await market.ExitAsync());
        AssertNoStack(market);
    }

    [Fact]
    public async Task A_worker_tells_that_it_waits_and_ends_well_when_it_is_interrupted()
    {
        var gateway = Gateway(Ports.Free());
        await using var worker = Program.StartInterruptible(
            "market.dll", "prover", "run", "--id", "carol-1", "--account", "carol", "--gateway", gateway, "--backend", "command", "--command", "/bin/true", "--arg", "{workdir}");
        await worker.LineAsync(line => line == $"Waiting for the market at {gateway}.");

        await worker.InterruptAsync();

        Assert.Equal(0, await worker.ExitAsync());
        AssertNoStack(worker);
    }

    private static string Gateway(int port) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");

    private static void AssertNoStack(Program program) => Assert.DoesNotContain("   at ", program.Output, StringComparison.Ordinal);
}
