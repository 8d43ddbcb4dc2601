using ProvingMarket.Silo.Settings;

namespace ProvingMarket.Silo.Hosting;

/// <summary>Storage in Azure, in a build without it: refused by the name of what is missing.</summary>
internal static class AzureStorage
{
    /// <summary>Records in a table.</summary>
    public const string Table = "AzureTable";

    /// <summary>Records in blobs.</summary>
    public const string Blob = "AzureBlob";

    /// <summary>Refuses what cannot be used.</summary>
    public static void Check(SiloSettings settings, SettingRefusals refusals)
    {
        if (settings.Storage is Table or Blob)
            refusals.Add(nameof(settings.Storage), "another storage in this build, which has no storage in Azure: build with -p:AzureStorage=true", settings.Storage);
        if (settings.Azure.ConnectionString is not null)
            refusals.Add("Azure:ConnectionString", "left out in this build, which has no storage in Azure: build with -p:AzureStorage=true", "set");
    }

    /// <summary>Never reached: <see cref="Check"/> refuses before.</summary>
    public static void Add(ISiloBuilder silo, string name, SiloSettings settings) =>
        throw new NotSupportedException($"{settings.Storage} for {name} on {silo}: this build has no storage in Azure.");
}
