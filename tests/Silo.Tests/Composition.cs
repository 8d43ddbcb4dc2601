using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using ProvingMarket.Silo.Hosting;

namespace ProvingMarket.Silo.Tests;

/// <summary>Silos that are composed, and not started.</summary>
internal static class Composition
{
    /// <summary>Composes a silo on storage in memory, with further settings.</summary>
    public static HostApplicationBuilder Of(params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection([KeyValuePair.Create("Silo:Storage", (string?)"memory")]);
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.AddProvingMarketSilo();
        return builder;
    }
}
