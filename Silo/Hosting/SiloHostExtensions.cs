using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProvingMarket.Grains;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Registry;
using ProvingMarket.Silo.Settings;

namespace ProvingMarket.Silo.Hosting;

/// <summary>Makes a host a silo of the market.</summary>
public static partial class SiloHostExtensions
{
    /// <summary>Adds the market's grains on the engine of this build, with settings from the sections <c>Silo</c> and <c>Market</c> of the
    /// host's configuration. Wrong and unknown settings are refused at start.</summary>
    public static IHostApplicationBuilder AddProvingMarketSilo(this IHostApplicationBuilder builder)
    {
        var settings = AddValidated(builder, SiloSettings.Section, new SiloSettingsValidator());
        AddValidated(builder, MarketOptions.Section, new MarketOptionsValidator());
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddProvingMarket();
        builder.UseGrainEngine(settings, silo => silo.AddStartupTask(StartMarketAsync));
        return builder;
    }

    /// <summary>Binds a section and checks it now, before anything is started or opened.</summary>
    private static TOptions AddValidated<TOptions>(IHostApplicationBuilder builder, string section, IValidateOptions<TOptions> validator)
        where TOptions : class, new()
    {
        var configuration = builder.Configuration.GetSection(section);
        if (SettingsForm.Problems(configuration, typeof(TOptions)).ToArray() is { Length: > 0 } problems) throw new OptionsValidationException(section, typeof(TOptions), problems);
        builder.Services.AddOptions<TOptions>().Bind(configuration, RefuseUnknown);
        var options = new TOptions();
        configuration.Bind(options, RefuseUnknown);
        var validation = validator.Validate(null, options);
        return validation.Succeeded ? options : throw new OptionsValidationException(section, typeof(TOptions), validation.Failures);
    }

    private static void RefuseUnknown(BinderOptions options) => options.ErrorOnUnknownConfiguration = true;

    /// <summary>A silo that would look for provers in other shards than the data has must not serve. After a start, however the last run ended, every
    /// open request goes on, stake on its way in arrives, and stake that leaves is paid.</summary>
    private static async Task StartMarketAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var grains = services.GetRequiredService<IGrainFactory>();
        var shards = services.GetRequiredService<IOptions<MarketOptions>>().Value.RegistryShards;
        if (await grains.GetGrain<IMarketLayoutGrain>(GrainKeys.Single).AgreeAsync(shards) is { } refusal)
        {
            throw new OptionsValidationException(
                MarketOptions.Section, typeof(MarketOptions), [$"{refusal.Field} must be {refusal.Limit}, was {refusal.Value}."]);
        }
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(SiloHostExtensions));
        var stopping = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var time = services.GetRequiredService<TimeProvider>();
        var (requests, provers) = await MarketStart.ResumeAsync(grains, shards, time, logger, stopping);
        LogResumed(logger, requests, provers);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Open requests resumed: {Count}; provers whose stake is under way: {Provers}")]
    private static partial void LogResumed(ILogger logger, int count, int provers);
}
