using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
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
        builder.AddProvingMarketSilo();
        builder.AddSiloWeb();
        await using var app = builder.Build();
        app.MapSiloWeb();
        await app.RunAsync(cancellationToken);
        return 0;
    }
    catch (Exception e) when (e is OptionsValidationException or InvalidOperationException { InnerException: FormatException or ArgumentException } or InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" })
    {
        Console.Error.WriteLine(e.Message);
        return 2;
    }
});
