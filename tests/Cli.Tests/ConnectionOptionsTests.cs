using ProvingMarket.Cli.Commands;

namespace ProvingMarket.Cli.Tests;

public sealed class ConnectionOptionsTests
{
    [Theory]
    [InlineData("0s")]
    [InlineData("61m")]
    [InlineData("soon")]
    public async Task A_time_to_connect_that_cannot_be_used_is_named_with_its_limits(string time)
    {
        using var error = new StringWriter();

        Assert.Equal(ExitCodes.Unusable, await MarketCommand.RunAsync(["account", "balance", "--account", "a", "--gateway", "127.0.0.1:1", "--connect-timeout", time], TextWriter.Null, error));
        Assert.Equal($"--connect-timeout must be a duration such as 15s, above 0 and at most 1h, was {time}", error.ToString().Trim());
    }

    [Fact]
    public async Task A_worker_waits_for_ever_and_has_no_such_flag()
    {
        using var error = new StringWriter();

        Assert.Equal(
            ExitCodes.Unusable,
            await MarketCommand.RunAsync(["prover", "run", "--id", "p", "--account", "a", "--gateway", "127.0.0.1:1", "--connect-timeout", "1s"], TextWriter.Null, error));
        Assert.Contains("--connect-timeout", error.ToString(), StringComparison.Ordinal);
    }
}
