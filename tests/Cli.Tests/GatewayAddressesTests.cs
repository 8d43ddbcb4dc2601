using System.Net;
using System.Net.Sockets;
using ProvingMarket.Cli.Commands;
using ProvingMarket.Cli.Connections;

namespace ProvingMarket.Cli.Tests;

public sealed class GatewayAddressesTests
{
    [Theory]
    [InlineData("127.0.0.1:5170", "127.0.0.1:5170")]
    [InlineData("[::1]:5170", "[::1]:5170")]
    [InlineData("both:5170", "[::1]:5170 127.0.0.1:5170")]
    [InlineData("both:5170, 10.0.0.1:1", "[::1]:5170 127.0.0.1:5170 10.0.0.1:1")]
    public void Every_address_of_every_gateway_is_used(string gateways, string expected)
    {
        var (endPoints, problem) = GatewayAddresses.Read(gateways, AddressesOf);

        Assert.Null(problem);
        Assert.Equal(expected, string.Join(' ', endPoints!));
    }

    [Theory]
    [InlineData("both", "--gateway must be HOST:PORT, was both")]
    [InlineData("both:0", "--gateway must be HOST:PORT, was both:0")]
    [InlineData("both:5170,", "--gateway must be HOST:PORT, was ")]
    [InlineData("none:5170", "--gateway must name a host that can be found, was none:5170: it has no address")]
    [InlineData("unknown:5170", "--gateway must name a host that can be found, was unknown:5170: ")]
    public void A_gateway_that_cannot_be_used_is_named(string gateways, string complaint)
    {
        var (endPoints, problem) = GatewayAddresses.Read(gateways, AddressesOf);

        Assert.Null(endPoints);
        Assert.StartsWith(complaint, problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_whose_name_nobody_can_have_is_an_unusable_flag()
    {
        using var error = new StringWriter();
        var gateway = $"{new string('a', 300)}:5170";

        Assert.Equal(ExitCodes.Unusable, await MarketCommand.RunAsync(["request", "status", "r1", "--gateway", gateway], TextWriter.Null, error));
        Assert.StartsWith($"--gateway must name a host that can be found, was {gateway}", error.ToString(), StringComparison.Ordinal);
    }

    private static IPAddress[] AddressesOf(string host) => host switch
    {
        "both" => [IPAddress.IPv6Loopback, IPAddress.Loopback],
        "none" => [],
        _ => throw new SocketException((int)SocketError.HostNotFound),
    };
}
