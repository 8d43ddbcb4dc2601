using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.Gateway;
using Orleans.Runtime.Messaging;
using ProvingMarket.TestKit;

namespace Orleans.Embedded.Tests.Gateway;

public sealed class GatewayHostingTests
{
    [Theory]
    [InlineData("Port", "70000", "Port = 70000")]
    [InlineData("Token", "short", "Token has 5 characters")]
    [InlineData("MaxConnections", "0", "MaxConnections = 0")]
    [InlineData("MaxCallsPerConnection", "0", "MaxCallsPerConnection = 0")]
    [InlineData("MaxCallBytesPerConnection", "8388607", "MaxCallBytesPerConnection = 8388607 is less than MaxFrameBytes = 8388608")]
    [InlineData("MaxFrameBytes", "10", "MaxFrameBytes = 10")]
    [InlineData("MaxWaitingBytes", "10", "MaxWaitingBytes = 10")]
    [InlineData("HandshakeTimeout", "00:00:00", "HandshakeTimeout = 00:00:00")]
    [InlineData("PingInterval", "-00:00:01", "PingInterval = -00:00:01")]
    [InlineData("StopTimeout", "-00:00:01", "StopTimeout = -00:00:01")]
    public async Task A_silo_does_not_start_with_gateway_options_that_cannot_work(string setting, string value, string message)
    {
        await using var cluster = new GatewayCluster { ConfigureGateway = options => Set(options, setting, value) };

        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(cluster.StartSiloAsync);

        Assert.Contains($"EmbeddedGatewayOptions.{message}", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MaxCallBytesPerConnection", "8388607", "MaxCallBytesPerConnection = 8388607 is less than MaxFrameBytes = 8388608")]
    [InlineData("MaxFrameBytes", "10", "MaxFrameBytes = 10")]
    [InlineData("MaxWaitingCalls", "-1", "MaxWaitingCalls = -1")]
    [InlineData("MaxWaitingBytes", "10", "MaxWaitingBytes = 10")]
    [InlineData("ConnectTimeout", "00:00:00", "ConnectTimeout = 00:00:00")]
    [InlineData("StartTimeout", "00:00:00", "StartTimeout = 00:00:00")]
    [InlineData("MinReconnectDelay", "00:00:00", "MinReconnectDelay = 00:00:00")]
    [InlineData("MaxReconnectDelay", "00:00:00.01", "MaxReconnectDelay = 00:00:00.0100000")]
    [InlineData("StopTimeout", "-00:00:01", "StopTimeout = -00:00:01")]
    [InlineData("Gateways", "", "Gateways is empty")]
    public async Task A_client_does_not_start_with_options_that_cannot_work(string setting, string value, string message)
    {
        await using var cluster = new GatewayCluster();
        var host = cluster.BuildClient(client => client.UseEmbeddedGateway(options =>
        {
            if (setting == "Gateways") options.Gateways.Clear();
            else Set(options, setting, value);
        }));

        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Contains($"EmbeddedClientOptions.{message}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_that_others_can_reach_must_have_a_token()
    {
        await using var cluster = new GatewayCluster { ConfigureGateway = options => options.Address = IPAddress.Any };
        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(cluster.StartSiloAsync);
        Assert.Contains("EmbeddedGatewayOptions.Token is not set: a gateway on 0.0.0.0", refusal.Message, StringComparison.Ordinal);

        await using var other = new GatewayCluster { ConfigureGateway = options => (options.Address, options.Token) = (IPAddress.Any, "a secret that is long") };
        await other.StartSiloAsync();
    }

    [Fact]
    public async Task A_client_with_the_token_connects()
    {
        var (cluster, client) = await GatewayCluster.StartAsync(
            gateway: options => options.Token = "a secret that is long", client: builder => builder.UseEmbeddedGateway(options => options.Token = "a secret that is long"));
        await using var _ = cluster;

        Assert.Equal("a", await client.GetGrain<IRemoteGrain>("a").Name());
    }

    [Fact]
    public async Task A_client_that_is_refused_for_good_does_not_try_again()
    {
        await using var cluster = new GatewayCluster { ConfigureGateway = options => options.Token = "a secret that is long" };
        await cluster.StartSiloAsync();

        var refusal = await Assert.ThrowsAsync<OrleansConfigurationException>(() => cluster.ConnectAsync(builder => builder.UseEmbeddedGateway(options => options.Token = "a secret that is wrong")));

        Assert.Contains("The token is not the gateway's", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_start_of_a_client_waits_for_its_silo()
    {
        await using var cluster = new GatewayCluster();
        await cluster.StartSiloAsync();
        await cluster.StopSiloAsync();
        var starting = cluster.ConnectAsync();
        await cluster.ClientLog.WaitForAsync("Not connected");
        Assert.False(starting.IsCompleted);

        await cluster.StartSiloAsync();

        Assert.Equal("a", await (await starting).GetGrain<IRemoteGrain>("a").Name());
    }

    [Fact]
    public async Task The_start_of_a_client_fails_when_there_is_no_silo_in_time()
    {
        await using var cluster = new GatewayCluster();
        await cluster.StartSiloAsync();
        await cluster.StopSiloAsync();

        await Assert.ThrowsAsync<ConnectionFailedException>(() => cluster.ConnectAsync(builder => builder.UseEmbeddedGateway(options => options.StartTimeout = TimeSpan.FromMilliseconds(200))));
    }

    [Fact]
    public async Task The_failure_to_start_in_time_names_the_time_and_the_last_attempt()
    {
        var clock = new FakeTimeProvider();
        await using var cluster = new GatewayCluster(clock: clock);
        await cluster.StartSiloAsync();
        await cluster.StopSiloAsync();
        var starting = cluster.ConnectAsync(builder => builder.UseEmbeddedGateway(options =>
            (options.StartTimeout, options.MinReconnectDelay, options.MaxReconnectDelay) = (TimeSpan.FromSeconds(15), TimeSpan.FromHours(1), TimeSpan.FromHours(1))));
        await cluster.ClientLog.WaitForAsync("Not connected");

        clock.Advance(TimeSpan.FromSeconds(15));

        var failure = await Assert.ThrowsAsync<ConnectionFailedException>(() => starting);
        Assert.Contains($"within StartTimeout = 00:00:15. The gateway at {cluster.EndPoint} cannot be reached", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_that_is_called_off_between_two_attempts_ends_as_cancelled()
    {
        await using var cluster = new GatewayCluster();
        await cluster.StartSiloAsync();
        await cluster.StopSiloAsync();
        var host = cluster.BuildClient(builder => builder.UseEmbeddedGateway(options =>
            (options.StartTimeout, options.MinReconnectDelay, options.MaxReconnectDelay) = (Timeout.InfiniteTimeSpan, TimeSpan.FromHours(1), TimeSpan.FromHours(1))));
        using var callOff = new CancellationTokenSource();
        var starting = host.StartAsync(callOff.Token);
        await cluster.ClientLog.WaitForAsync("Not connected");

        await callOff.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
    }

    [Fact]
    public async Task A_retry_filter_decides_about_further_attempts()
    {
        await using var cluster = new GatewayCluster();
        await cluster.StartSiloAsync();
        await cluster.StopSiloAsync();
        var attempts = 0;

        await Assert.ThrowsAsync<ConnectionFailedException>(() => cluster.ConnectAsync(builder => builder.UseConnectionRetryFilter((error, _) => Task.FromResult(++attempts < 3))));

        Assert.Equal(3, attempts);
    }

    [Fact]
    public async Task A_reference_cannot_be_had_before_the_client_was_ever_connected()
    {
        await using var cluster = new GatewayCluster();
        var host = cluster.BuildClient();

        Assert.Throws<SiloUnavailableException>(() => host.Services.GetRequiredService<IClusterClient>().GetGrain<IRemoteGrain>("a"));
    }

    [Fact]
    public void A_host_with_a_silo_needs_no_client()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.UseOrleans();

        Assert.Throws<OrleansConfigurationException>(() => builder.UseOrleansClient());
    }

    [Fact]
    public async Task A_port_in_use_is_refused_by_name()
    {
        using var listener = new TcpTransport().Listen(new IPEndPoint(IPAddress.Loopback, 0));
        await using var cluster = new GatewayCluster(GatewayCluster.Tcp) { ConfigureGateway = options => options.Port = listener.EndPoint.Port };

        var refusal = await Assert.ThrowsAsync<OrleansConfigurationException>(cluster.StartSiloAsync);

        Assert.Contains($"127.0.0.1:{listener.EndPoint.Port} (EmbeddedGatewayOptions.Address, Port)", refusal.Message, StringComparison.Ordinal);
        Assert.IsType<SocketException>(refusal.InnerException);
    }

    [Fact]
    public async Task Of_several_gateways_the_one_that_is_there_is_used()
    {
        await using var cluster = new GatewayCluster();
        await cluster.StartSiloAsync();
        var client = await cluster.ConnectAsync(builder => builder.UseStaticClustering(new IPEndPoint(IPAddress.Loopback, 1), cluster.EndPoint));

        Assert.Equal("a", await client.GetGrain<IRemoteGrain>("a").Name());
    }

    private static void Set(object options, string setting, string value)
    {
        var property = options.GetType().GetProperty(setting)!;
        property.SetValue(options, TypeDescriptor.GetConverter(property.PropertyType).ConvertFromInvariantString(value));
    }
}
