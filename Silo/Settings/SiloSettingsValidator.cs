using System.Net;
using Microsoft.Extensions.Options;
using ProvingMarket.Silo.Hosting;

namespace ProvingMarket.Silo.Settings;

/// <summary>Refuses settings a silo cannot run with, naming the setting, the limit and the value.</summary>
internal sealed class SiloSettingsValidator : IValidateOptions<SiloSettings>
{
    public ValidateOptionsResult Validate(string? name, SiloSettings options)
    {
        var refusals = new SettingRefusals();
        var storage = Engine.StorageOf(options);
        if (!Engine.Storages.Contains(storage)) refusals.Add(nameof(options.Storage), $"one of {string.Join(", ", Engine.Storages)} on the {Engine.Name} engine", storage);
        if (storage == PostgreSqlStorage.Name) PostgreSqlStorage.Check(options, refusals);
        CheckPort(nameof(options.GatewayPort), options.GatewayPort);
        _ = CheckAddress(nameof(options.GatewayAddress), options.GatewayAddress);
        CheckPort("Cluster:SiloPort", options.Cluster.SiloPort);
        CheckId("Cluster:ClusterId", options.Cluster.ClusterId);
        CheckId("Cluster:ServiceId", options.Cluster.ServiceId);
        if (options.Cluster.AdvertisedAddress is { } advertised) _ = CheckAddress("Cluster:AdvertisedAddress", advertised);
        CheckPort("Web:Port", options.Web.Port);
        if (CheckAddress("Web:Address", options.Web.Address) is { } web && !IPAddress.IsLoopback(web) && options.Operator.Key is null)
            refusals.Add("Operator:Key", "set when Web:Address is not loopback", "nothing");
        refusals.AddShortSecret("Operator:Key", options.Operator.Key);
        Engine.Check(options, refusals);
        return refusals.All.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(refusals.All);

        IPAddress? CheckAddress(string setting, string value)
        {
            if (IPAddress.TryParse(value, out var address)) return address;
            refusals.Add(setting, "an IP address", value);
            return null;
        }

        void CheckPort(string setting, int value)
        {
            if (value is < 0 or > 65535) refusals.Add(setting, "0 to 65535", $"{value}");
        }

        void CheckId(string setting, string value)
        {
            if (string.IsNullOrWhiteSpace(value)) refusals.Add(setting, "a name", value);
        }
    }
}

/// <summary>Why settings are refused.</summary>
internal sealed class SettingRefusals
{
    private const int ShortestSecret = 16;

    private readonly List<string> _all = [];

    /// <summary>All refusals, a sentence each.</summary>
    public IReadOnlyCollection<string> All => _all;

    /// <summary>Refuses a setting.</summary>
    /// <param name="setting">Its name within the section.</param>
    /// <param name="limit">What it must be.</param>
    /// <param name="value">What it is. Never a secret.</param>
    public void Add(string setting, string limit, string value) => _all.Add($"{SiloSettings.Section}:{setting} must be {limit}, was '{value}'.");

    /// <summary>Refuses a secret that is too short to be one.</summary>
    public void AddShortSecret(string setting, string? secret)
    {
        if (secret is { Length: < ShortestSecret }) Add(setting, $"at least {ShortestSecret} characters", $"{secret.Length} characters");
    }
}
