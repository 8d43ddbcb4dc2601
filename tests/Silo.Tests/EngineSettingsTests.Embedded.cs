using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Silo.Settings;

namespace ProvingMarket.Silo.Tests;

/// <summary>What Orleans.Embedded refuses.</summary>
public sealed class EngineSettingsTests
{
    [Fact]
    public void An_open_address_needs_a_secret()
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Composition.Of(("Silo:GatewayAddress", "0.0.0.0")));

        Assert.Contains(refusal.Failures, failure => failure.StartsWith("Silo:GatewaySecret must be set", StringComparison.Ordinal));
    }

    [Fact]
    public void A_secret_is_never_shown()
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Composition.Of(("Silo:GatewaySecret", "hunter2"), ("Silo:GatewayPort", "-1")));

        Assert.DoesNotContain("hunter2", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_data_folder_that_is_a_file_is_refused()
    {
        var file = Path.GetTempFileName();
        try
        {
            var result = new SiloSettingsValidator().Validate(null, new SiloSettings { DataFolder = file });

            Assert.Contains(result.Failures!, failure => failure.StartsWith("Silo:DataFolder must be a folder, not a file", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_short_secret_is_refused()
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Composition.Of(("Silo:GatewaySecret", "short")));

        Assert.Contains("Silo:GatewaySecret must be at least 16 characters, was '5 characters'.", refusal.Failures);
    }

    [Theory]
    [InlineData("Silo:GatewayMaxConnections", "0")]
    [InlineData("Silo:GatewayMaxConnections", "1000001")]
    [InlineData("Silo:GatewayMaxCalls", "0")]
    [InlineData("Silo:GatewayMaxCalls", "1000001")]
    public void A_limit_of_the_gateway_out_of_range_is_refused(string setting, string value)
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Composition.Of((setting, value)));

        Assert.Contains($"{setting} must be 1 to 1000000, was '{value}'.", refusal.Failures);
    }

    [Fact]
    public void Records_have_names_only_when_that_is_set()
    {
        using var defaults = Composition.Of(("Silo:Storage", "sqlite")).Build();
        using var named = Composition.Of(("Silo:Storage", "sqlite"), ("Silo:RecordNames", "true")).Build();

        Assert.Equal((false, true), (Names(defaults), Names(named)));

        static bool Names(IHost silo) => silo.Services.GetRequiredService<IOptionsMonitor<SqliteGrainStorageOptions>>().Get(StorageNames.Market).NamesMembers;
    }

    [Fact]
    public void The_gateway_has_the_limits_of_the_settings()
    {
        using var defaults = Composition.Of().Build();
        using var set = Composition.Of(("Silo:GatewayMaxConnections", "50000"), ("Silo:GatewayMaxCalls", "7")).Build();

        Assert.Equal((20_000, 10_000), Limits(defaults));
        Assert.Equal((50_000, 7), Limits(set));

        static (int, int) Limits(IHost silo)
        {
            var gateway = silo.Services.GetRequiredService<IOptions<EmbeddedGatewayOptions>>().Value;
            return (gateway.MaxConnections, gateway.MaxCallsPerConnection);
        }
    }

    [Theory]
    [InlineData("Silo:Cluster:ConnectionString", "Host=localhost;Password=hunter2")]
    [InlineData("Silo:Cluster:AdvertisedAddress", "10.0.0.1")]
    [InlineData("Silo:Azure:ConnectionString", "AccountKey=hunter2")]
    public void What_only_a_cluster_has_is_refused(string setting, string value)
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Composition.Of((setting, value)));

        Assert.Contains(refusal.Failures, failure => failure.StartsWith($"{setting} must be left out", StringComparison.Ordinal));
        Assert.DoesNotContain("hunter2", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AzureTable")]
    [InlineData("AzureBlob")]
    public void Storage_in_Azure_is_refused(string storage)
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Composition.Of(("Silo:Storage", storage)));

        Assert.Contains(refusal.Failures, failure => failure.StartsWith("Silo:Storage must be one of sqlite, postgresql, memory on the Embedded engine", StringComparison.Ordinal));
    }
}
