using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using ProvingMarket.Silo.Hosting;
using ProvingMarket.Silo.Settings;

return await SiloCommandLine.RunAsync(args, async (flags, cancellationToken) =>
{
    try
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddInMemoryCollection(flags);
        builder.AddProvingMarketSilo();
        using var host = builder.Build();
        await host.RunAsync(cancellationToken);
        return 0;
    }
    catch (Exception e) when (e is OptionsValidationException or InvalidOperationException { InnerException: FormatException or ArgumentException } or InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" })
    {
        Console.Error.WriteLine(e.Message);
        return 2;
    }
});
