using Microsoft.Extensions.Options;
using ProvingMarket.Grains;

namespace ProvingMarket.Silo.Tests;

/// <summary>Bad settings are refused before anything starts, with the setting's name, the limit and the value.</summary>
public sealed class SettingsTests
{
    [Theory]
    [InlineData("Silo:Storage", "floppy")]
    [InlineData("Silo:GatewayPort", "70000")]
    [InlineData("Silo:GatewayPort", "-1")]
    [InlineData("Silo:GatewayAddress", "example")]
    [InlineData("Silo:Operator:Key", "short")]
    [InlineData("Silo:Cluster:SiloPort", "70000")]
    [InlineData("Silo:Cluster:AdvertisedAddress", "example")]
    [InlineData("Silo:Cluster:ClusterId", " ")]
    [InlineData("Silo:Cluster:ServiceId", " ")]
    [InlineData("Silo:Web:Address", "example")]
    [InlineData("Silo:Web:Port", "-1")]
    [InlineData("Market:SessionRenewal", "00:00:00")]
    [InlineData("Market:SessionLifetime", "00:00:11")]
    [InlineData("Market:AnnounceInterval", "00:02:00")]
    [InlineData("Market:AnnounceIntervalLimit", "00:00:00.500")]
    [InlineData("Market:EntryRetention", "00:00:01")]
    [InlineData("Market:RequestRetention", "00:09:59")]
    [InlineData("Market:SlashRequesterPercent", "140")]
    [InlineData("Market:SlashRescuerPercent", "60")]
    public void A_value_out_of_range_is_refused_with_name_limit_and_value(string setting, string value)
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Composition.Of((setting, value)));

        var failure = Assert.Single(refusal.Failures, failure => failure.StartsWith(setting + " must be ", StringComparison.Ordinal) && !failure.Contains("left out", StringComparison.Ordinal));
        var shown = setting == "Silo:Operator:Key" ? "5 characters" : value;
        Assert.Contains($"was {shown}", failure.Replace("'", "", StringComparison.Ordinal).Replace(".5000000", ".500", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Storage_in_PostgreSQL_needs_a_database()
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Composition.Of(("Silo:Storage", "postgresql")));

        Assert.Contains("Silo:PostgreSql:ConnectionString must be set when Storage is postgresql, was 'nothing'.", refusal.Failures);
        _ = Composition.Of(("Silo:Storage", "postgresql"), ("Silo:PostgreSql:ConnectionString", "Host=localhost"));
    }

    [Fact]
    public void A_web_server_off_loopback_needs_an_operators_key()
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Composition.Of(("Silo:Web:Address", "0.0.0.0")));

        Assert.Contains("Silo:Operator:Key must be set when Web:Address is not loopback, was 'nothing'.", refusal.Failures);
        _ = Composition.Of(("Silo:Web:Address", "0.0.0.0"), ("Silo:Operator:Key", "0123456789abcdef"));
    }

    [Fact]
    public void An_operators_key_is_never_shown()
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Composition.Of(("Silo:Operator:Key", "hunter2"), ("Silo:GatewayPort", "-1")));

        Assert.DoesNotContain("hunter2", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Silo:Storrage", "DataFolder")]
    [InlineData("Silo:Cluster:Id", "ClusterId")]
    [InlineData("Market:SessionRenewall", "SessionRenewal")]
    [InlineData("Market:SlashSplit", "SlashRescuerPercent")]
    public void An_unknown_setting_is_refused_by_its_name_with_those_there_are(string setting, string known)
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Composition.Of((setting, "1")));

        var failure = Assert.Single(refusal.Failures);
        Assert.StartsWith($"{setting} must be one of the settings ", failure, StringComparison.Ordinal);
        Assert.Contains(known, failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Silo:GatewayPort", "many", "a whole number")]
    [InlineData("Silo:GatewayMaxCalls", "1.5", "a whole number")]
    [InlineData("Silo:Web:Port", "http", "a whole number")]
    [InlineData("Market:SessionLifetime", "30s", "a duration such as 00:00:30 or 7.00:00:00")]
    [InlineData("Market:TuneInstances", "yes", "true or false")]
    public void A_value_of_the_wrong_form_is_refused_by_its_name(string setting, string value, string form)
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Composition.Of((setting, value)));

        Assert.Equal($"{setting} must be {form}, was '{value}'.", Assert.Single(refusal.Failures));
    }

    [Fact]
    public void The_defaults_are_valid()
    {
        Assert.True(new MarketOptionsValidator().Validate(null, new MarketOptions()).Succeeded);
    }
}
