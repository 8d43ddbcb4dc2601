using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Storage;
using ProvingMarket.CrashingSilo;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Silo.Hosting;

// CrashingSilo <data folder> <gateway port> <crash at write, 0 for never> [<PostgreSQL connection string>]: the real silo over a storage that kills
// the process; the storage is SQLite in the data folder, or the database.
var builder = Host.CreateEmptyApplicationBuilder(null);
builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
{
    ["Silo:DataFolder"] = args[0], ["Silo:GatewayPort"] = args[1], ["Silo:Cluster:SiloPort"] = "0", ["Market:SessionRenewal"] = "00:00:00.500",
});
if (args is [_, _, _, { Length: > 0 } database])
{
    builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Silo:Storage"] = "postgresql", ["Silo:PostgreSql:ConnectionString"] = database });
}

builder.Logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning);
builder.AddProvingMarketSilo();

var crashAtWrite = int.Parse(args[2], CultureInfo.InvariantCulture);
var real = builder.Services.Last(service => service.ServiceType == typeof(IGrainStorage) && Equals(service.ServiceKey, StorageNames.Market));
builder.Services.Remove(real);
builder.Services.AddKeyedSingleton<IGrainStorage>(StorageNames.Market, (services, key) =>
    new CrashingStorage((IGrainStorage)real.KeyedImplementationFactory!(services, key), crashAtWrite));

using var host = builder.Build();
await host.StartAsync();
Console.WriteLine("started");
await host.WaitForShutdownAsync();
