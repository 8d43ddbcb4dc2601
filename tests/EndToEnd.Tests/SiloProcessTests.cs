using System.Globalization;
using System.Net;
using System.Net.Sockets;
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

    [Theory]
    [InlineData("--gateway-port", "Silo:GatewayPort")]
    [InlineData("--web-port", "Silo:Web:Port")]
    public async Task A_port_that_is_taken_ends_the_start_with_exit_code_1_and_one_line(string flag, string setting)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        (string Flag, string Port)[] ports = [("--gateway-port", "0"), ("--silo-port", "0"), ("--web-port", "0")];
        await using var silo = Program.Start(
            "ProvingMarket.Silo.dll", ["--storage", "memory", .. ports.Select(free => free.Flag == flag ? (flag, port) : free).SelectMany(each => new[] { each.Item1, each.Item2 })]);

        Assert.Equal(1, await silo.ExitAsync());
        AssertOneLine(silo, setting, port, "in use");
    }

    [Fact]
    public async Task A_database_that_does_not_answer_ends_the_start_with_exit_code_1_and_one_line_without_the_password()
    {
        var port = Ports.Free().ToString(CultureInfo.InvariantCulture);
        await using var silo = Program.Start(
            "ProvingMarket.Silo.dll", "--storage", "postgresql", "--postgresql", $"Host=127.0.0.1;Port={port};Database=nowhere;Username=nobody;Password=hush-hush",
            "--gateway-port", "0", "--silo-port", "0", "--web-port", "0");

        Assert.Equal(1, await silo.ExitAsync());
        AssertOneLine(silo, "Silo:PostgreSql:ConnectionString", port, "refused");
        Assert.DoesNotContain("hush-hush", silo.Output, StringComparison.Ordinal);
    }

    /// <summary>Whoever has to find out more can.</summary>
    [Fact]
    public async Task The_log_level_Debug_shows_where_a_start_has_failed()
    {
        var port = Ports.Free().ToString(CultureInfo.InvariantCulture);
        await using var silo = Program.Start(
            "ProvingMarket.Silo.dll", [("Logging__LogLevel__Default", "Debug")], "--storage", "postgresql", "--postgresql", $"Host=127.0.0.1;Port={port};Database=nowhere",
            "--gateway-port", "0", "--silo-port", "0", "--web-port", "0");

        Assert.Equal(1, await silo.ExitAsync());
        Assert.Contains("   at ", silo.Output, StringComparison.Ordinal);
    }

    private static void AssertOneLine(Program silo, params string[] parts)
    {
        var line = Assert.Single(silo.Output.Split('\n'), line => line.Contains("did not start", StringComparison.Ordinal));
        Assert.All(parts, part => Assert.Contains(part, line, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", silo.Output, StringComparison.Ordinal);
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
