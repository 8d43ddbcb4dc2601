using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProvingMarket.Grains;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Requests;
using ProvingMarket.Silo.Settings;

namespace ProvingMarket.Silo.Hosting;

/// <summary>Makes a host a silo of the market.</summary>
public static partial class SiloHostExtensions
{
    /// <summary>Adds the market's grains on the engine of this build, with settings from the sections <c>Silo</c> and <c>Market</c> of the
    /// host's configuration. Wrong and unknown settings are refused at start.</summary>
    public static IHostApplicationBuilder AddProvingMarketSilo(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddOptions<SiloSettings>().Bind(builder.Configuration.GetSection(SiloSettings.Section), RefuseUnknown).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<SiloSettings>, SiloSettingsValidator>();
        builder.Services.AddOptions<MarketOptions>().Bind(builder.Configuration.GetSection(MarketOptions.Section), RefuseUnknown);
        builder.Services.AddProvingMarket();

        var settings = new SiloSettings();
        builder.Configuration.GetSection(SiloSettings.Section).Bind(settings, RefuseUnknown);
        var validation = new SiloSettingsValidator().Validate(null, settings);
        if (validation.Failed) throw new OptionsValidationException(SiloSettings.Section, typeof(SiloSettings), validation.Failures);

        builder.UseGrainEngine(settings, silo => silo.AddStartupTask(ResumeOpenRequestsAsync));
        return builder;
    }

    private static void RefuseUnknown(BinderOptions options) => options.ErrorOnUnknownConfiguration = true;

    /// <summary>After a start, however the last run ended, every open request goes on.</summary>
    private static async Task ResumeOpenRequestsAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var grains = services.GetRequiredService<IGrainFactory>();
        var resumed = await Task.WhenAll(
            Enumerable.Range(0, GrainKeys.WatchShards).Select(shard => grains.GetGrain<IRequestWatchGrain>(shard).ResumeAsync()));
        LogResumed(services.GetRequiredService<ILogger<SiloSettings>>(), resumed.Sum());
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Open requests resumed: {Count}")]
    private static partial void LogResumed(ILogger logger, int count);
}
