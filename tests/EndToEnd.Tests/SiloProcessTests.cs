using System.Globalization;
using System.Net;
using ProvingMarket.EndToEnd.Tests.Processes;

namespace ProvingMarket.EndToEnd.Tests;

/// <summary>The silo as a server.</summary>
public sealed class SiloProcessTests
{
    [Theory]
    [InlineData("--gateway-port", "99999", "Silo:GatewayPort must be 0 to 65535, was '99999'")]
    [InlineData("--storage", "floppy", "Silo:Storage must be one of")]
    [InlineData("--web-address", "0.0.0.0", "Silo:Operator:Key must be set")]
    [InlineData("--nonsense", "1", "--nonsense")]
    public async Task Bad_flags_are_refused_with_exit_code_2_and_the_settings_name(string flag, string value, string message)
    {
        await using var silo = Program.Start("ProvingMarket.Silo.dll", flag, value);

        Assert.Equal(2, await silo.ExitAsync());
        Assert.Contains(message, silo.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_shows_examples()
    {
        await using var silo = Program.Start("ProvingMarket.Silo.dll", "--help");

        Assert.Equal(0, await silo.ExitAsync());
        Assert.Contains("Examples:", silo.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_says_when_it_is_live_and_ready_and_stops_with_exit_code_0()
    {
        var port = Ports.Free();
        await using var silo = Program.Start(
            "ProvingMarket.Silo.dll", "--storage", "memory", "--gateway-port", "0", "--silo-port", "0", "--web-port", port.ToString(CultureInfo.InvariantCulture));
        await silo.LineAsync(line => line.Contains("Now listening on", StringComparison.Ordinal));
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("/health/live", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("/health/ready", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri("/", UriKind.Relative))).StatusCode);

        await silo.TerminateAsync();
        Assert.Equal(0, await silo.ExitAsync());
    }
}
