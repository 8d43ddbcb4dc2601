using System.Net;
using Microsoft.Extensions.Options;

namespace ProvingMarket.Silo.Settings;

/// <summary>Refuses settings a silo cannot run with, naming the setting, the limit and the value.</summary>
internal sealed class SiloSettingsValidator : IValidateOptions<SiloSettings>
{
    private const int ShortestSecret = 16;

    public ValidateOptionsResult Validate(string? name, SiloSettings options)
    {
        var failures = new List<string>();
        if (!Hosting.Engine.Storages.Contains(options.Storage))
            Refuse(nameof(options.Storage), $"one of {string.Join(", ", Hosting.Engine.Storages)} on the {Hosting.Engine.Name} engine", options.Storage);
        if (options.Storage == "sqlite") CheckFolder(options.DataFolder);
        if (options.GatewayPort is < 0 or > 65535) Refuse(nameof(options.GatewayPort), "0 to 65535", $"{options.GatewayPort}");
        if (!IPAddress.TryParse(options.GatewayAddress, out var address)) Refuse(nameof(options.GatewayAddress), "an IP address", options.GatewayAddress);
        else if (!IPAddress.IsLoopback(address) && options.GatewaySecret is null)
            Refuse(nameof(options.GatewaySecret), $"set when {nameof(options.GatewayAddress)} is not loopback", "nothing");
        if (options.GatewaySecret is { Length: < ShortestSecret } secret)
            Refuse(nameof(options.GatewaySecret), $"at least {ShortestSecret} characters", $"{secret.Length} characters");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void Refuse(string setting, string limit, string value) => failures.Add($"{SiloSettings.Section}:{setting} must be {limit}, was '{value}'.");

        void CheckFolder(string folder)
        {
            if (string.IsNullOrWhiteSpace(folder)) Refuse(nameof(options.DataFolder), "a folder", folder);
            else if (File.Exists(folder)) Refuse(nameof(options.DataFolder), "a folder, not a file", folder);
        }
    }
}
