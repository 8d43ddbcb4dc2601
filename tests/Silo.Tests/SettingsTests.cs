using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using ProvingMarket.Grains;
using ProvingMarket.Silo.Hosting;
using ProvingMarket.Silo.Settings;

namespace ProvingMarket.Silo.Tests;

/// <summary>Bad settings are refused before anything starts, with the setting's name, the limit and the value.</summary>
public sealed class SettingsTests
{
    [Theory]
    [InlineData("Silo:Storage", "floppy")]
    [InlineData("Silo:GatewayPort", "70000")]
    [InlineData("Silo:GatewayPort", "-1")]
    [InlineData("Silo:GatewayAddress", "example")]
    [InlineData("Silo:GatewaySecret", "short")]
    [InlineData("Market:SessionRenewal", "00:00:00")]
    [InlineData("Market:SessionLifetime", "00:00:11")]
    [InlineData("Market:AnnounceInterval", "00:02:00")]
    [InlineData("Market:AnnounceIntervalLimit", "00:00:00.500")]
    [InlineData("Market:EntryRetention", "00:00:01")]
    [InlineData("Market:SlashRequesterPercent", "140")]
    [InlineData("Market:SlashRescuerPercent", "60")]
    public void A_value_out_of_range_is_refused_with_name_limit_and_value(string setting, string value)
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Compose((setting, value)));

        var failure = Assert.Single(refusal.Failures, failure => failure.StartsWith(setting + " must be ", StringComparison.Ordinal));
        var shown = setting == "Silo:GatewaySecret" ? "5 characters" : value;
        Assert.Contains($"was {shown}", failure.Replace("'", "", StringComparison.Ordinal).Replace(".5000000", ".500", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void An_open_address_needs_a_secret()
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Compose(("Silo:GatewayAddress", "0.0.0.0")));

        Assert.Contains(refusal.Failures, failure => failure.StartsWith("Silo:GatewaySecret must be set", StringComparison.Ordinal));
    }

    [Fact]
    public void A_secret_is_never_shown()
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Compose(("Silo:GatewaySecret", "hunter2"), ("Silo:GatewayPort", "-1")));

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

    [Theory]
    [InlineData("Silo:Storrage", "Storrage")]
    [InlineData("Market:SessionRenewall", "SessionRenewall")]
    public void An_unknown_setting_is_refused_by_its_name(string setting, string shown)
    {
        var refusal = Assert.Throws<InvalidOperationException>(() => Compose((setting, "1")));

        Assert.Contains($"'{shown}'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_of_the_wrong_type_is_refused_by_its_name()
    {
        var refusal = Assert.Throws<InvalidOperationException>(() => Compose(("Silo:GatewayPort", "many")));

        Assert.Contains("Silo:GatewayPort", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_defaults_are_valid()
    {
        Assert.True(new MarketOptionsValidator().Validate(null, new MarketOptions()).Succeeded);
    }

    private static void Compose(params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection([KeyValuePair.Create("Silo:Storage", (string?)"memory")]);
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.AddProvingMarketSilo();
    }
}
