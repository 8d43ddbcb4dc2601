using Azure.Data.Tables;
using Azure.Storage.Blobs;
using ProvingMarket.Silo.Settings;

namespace ProvingMarket.Silo.Hosting;

/// <summary>Storage in Azure, by Microsoft.Orleans.Persistence.AzureStorage.</summary>
internal static class AzureStorage
{
    /// <summary>Records in a table.</summary>
    public const string Table = "AzureTable";

    /// <summary>Records in blobs.</summary>
    public const string Blob = "AzureBlob";

    /// <summary>Refuses what cannot be used.</summary>
    public static void Check(SiloSettings settings, SettingRefusals refusals)
    {
        if (settings.Storage is Table or Blob && string.IsNullOrWhiteSpace(settings.Azure.ConnectionString))
            refusals.Add("Azure:ConnectionString", $"set when {nameof(settings.Storage)} is {settings.Storage}", "nothing");
    }

    /// <summary>Adds the storage.</summary>
    public static void Add(ISiloBuilder silo, string name, SiloSettings settings)
    {
        var account = settings.Azure.ConnectionString!;
        if (settings.Storage == Table) silo.AddAzureTableGrainStorage(name, options => options.TableServiceClient = new TableServiceClient(account));
        else silo.AddAzureBlobGrainStorage(name, options => options.BlobServiceClient = new BlobServiceClient(account));
    }
}
