using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using ProvingMarket.Silo.Hosting;
using ProvingMarket.Silo.Settings;
using ProvingMarket.Silo.Web;

return await SiloCommandLine.RunAsync(args, async (flags, cancellationToken) =>
{
    try
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddInMemoryCollection(flags);
        var start = new SiloStart(builder.Logging);
        builder.AddProvingMarketSilo();
        builder.AddSiloWeb();
        await using var app = builder.Build();
        app.MapSiloWeb();
        return await start.RunAsync(app, cancellationToken);
    }
    catch (Exception e) when (e is OptionsValidationException or InvalidOperationException { InnerException: FormatException or ArgumentException } or InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" })
    {
        Console.Error.WriteLine(e.Message);
        return 2;
    }
});
