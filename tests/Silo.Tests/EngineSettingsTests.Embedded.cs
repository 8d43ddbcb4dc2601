using Microsoft.Extensions.Options;
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
