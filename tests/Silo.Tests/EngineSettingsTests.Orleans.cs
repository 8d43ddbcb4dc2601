using Microsoft.Extensions.Options;
using ProvingMarket.Silo.Hosting;
using ProvingMarket.Silo.Settings;

namespace ProvingMarket.Silo.Tests;

/// <summary>What Microsoft Orleans refuses.</summary>
public sealed class EngineSettingsTests
{
    [Fact]
    public void A_secret_that_nobody_would_ask_for_is_refused()
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Composition.Of(("Silo:GatewaySecret", "hunter2hunter2hunter2")));

        Assert.Contains(refusal.Failures, failure => failure.StartsWith("Silo:GatewaySecret must be left out on the Orleans engine", StringComparison.Ordinal));
        Assert.DoesNotContain("hunter2", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Silo:GatewayMaxConnections")]
    [InlineData("Silo:GatewayMaxCalls")]
    public void A_limit_that_nobody_would_keep_is_refused(string setting)
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Composition.Of((setting, "100")));

        Assert.Contains(refusal.Failures, failure => failure.StartsWith($"{setting} must be left out on the Orleans engine", StringComparison.Ordinal));
    }

    [Fact]
    public void An_address_that_nobody_can_connect_to_is_not_advertised()
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Composition.Of(("Silo:GatewayAddress", "0.0.0.0")));

        Assert.Contains(refusal.Failures, failure => failure.StartsWith("Silo:Cluster:AdvertisedAddress must be set", StringComparison.Ordinal));
        _ = Composition.Of(("Silo:GatewayAddress", "0.0.0.0"), ("Silo:Cluster:AdvertisedAddress", "10.0.0.1"));
    }

    [Fact]
    public void A_cluster_does_not_keep_its_state_in_memory()
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Composition.Of(("Silo:Cluster:ConnectionString", "Host=localhost;Password=hunter2")));

        Assert.Contains(refusal.Failures, failure => failure.StartsWith("Silo:Storage must be one that outlives a silo", StringComparison.Ordinal));
        Assert.DoesNotContain("hunter2", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cluster_keeps_its_state_in_its_database()
    {
        var settings = new SiloSettings { Cluster = { ConnectionString = "Host=localhost" } };

        Assert.Equal("postgresql", Engine.StorageOf(settings));
        Assert.True(new SiloSettingsValidator().Validate(null, settings).Succeeded);
        Assert.Equal("memory", Engine.StorageOf(new SiloSettings()));
    }

    [Theory]
    [InlineData("AzureTable")]
    [InlineData("AzureBlob")]
    public void Storage_in_Azure_is_refused_in_a_build_without_it(string storage)
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Composition.Of(("Silo:Storage", storage), ("Silo:Azure:ConnectionString", "AccountKey=hunter2")));

        Assert.Contains(
            $"Silo:Storage must be another storage in this build, which has no storage in Azure: build with -p:AzureStorage=true, was '{storage}'.", refusal.Failures);
        Assert.Contains(refusal.Failures, failure => failure.StartsWith("Silo:Azure:ConnectionString must be left out", StringComparison.Ordinal));
        Assert.DoesNotContain("hunter2", refusal.Message, StringComparison.Ordinal);
    }
}
