using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Orleans.Hosting;

/// <summary>Configures services, options and the log of a silo.</summary>
public static class SiloBuilderExtensions
{
    /// <summary>Registers services.</summary>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="configureDelegate">Registers them.</param>
    /// <returns>The silo's builder.</returns>
    public static ISiloBuilder ConfigureServices(this ISiloBuilder builder, Action<IServiceCollection> configureDelegate)
    {
        ArgumentNullException.ThrowIfNull(configureDelegate);
        configureDelegate(builder.Services);
        return builder;
    }

    /// <summary>Sets options.</summary>
    /// <typeparam name="TOptions">The type of the options.</typeparam>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="configureOptions">Sets them.</param>
    /// <returns>The silo's builder.</returns>
    public static ISiloBuilder Configure<TOptions>(this ISiloBuilder builder, Action<TOptions> configureOptions) where TOptions : class
    {
        builder.Services.Configure(configureOptions);
        return builder;
    }

    /// <summary>Sets options from configuration.</summary>
    /// <typeparam name="TOptions">The type of the options.</typeparam>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="configuration">Has their values.</param>
    /// <returns>The silo's builder.</returns>
    public static ISiloBuilder Configure<TOptions>(this ISiloBuilder builder, IConfiguration configuration) where TOptions : class
    {
        builder.Services.AddOptions<TOptions>().Bind(configuration);
        return builder;
    }

    /// <summary>Configures the log.</summary>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="configureLogging">Configures it.</param>
    /// <returns>The silo's builder.</returns>
    public static ISiloBuilder ConfigureLogging(this ISiloBuilder builder, Action<ILoggingBuilder> configureLogging)
    {
        builder.Services.AddLogging(configureLogging);
        return builder;
    }
}

/// <summary>Adds work that a silo does when it has started.</summary>
public static class SiloBuilderStartupExtensions
{
    private const int ActiveStage = 20000;

    /// <summary>Adds work to be done at the start.</summary>
    /// <typeparam name="TStartup">The class that does it; its constructor parameters are services.</typeparam>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="stage">Later stages run later.</param>
    /// <returns>The silo's builder.</returns>
    public static ISiloBuilder AddStartupTask<TStartup>(this ISiloBuilder builder, int stage = ActiveStage) where TStartup : class, IStartupTask =>
        builder.AddStartupTask(static (services, token) => ActivatorUtilities.GetServiceOrCreateInstance<TStartup>(services).Execute(token), stage);

    /// <summary>Adds work to be done at the start.</summary>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="startupTask">Does the work.</param>
    /// <param name="stage">Later stages run later.</param>
    /// <returns>The silo's builder.</returns>
    public static ISiloBuilder AddStartupTask(this ISiloBuilder builder, IStartupTask startupTask, int stage = ActiveStage)
    {
        ArgumentNullException.ThrowIfNull(startupTask);
        return builder.AddStartupTask((_, token) => startupTask.Execute(token), stage);
    }

    /// <summary>Adds work to be done at the start.</summary>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="startupTask">Does the work.</param>
    /// <param name="stage">Later stages run later.</param>
    /// <returns>The silo's builder.</returns>
    public static ISiloBuilder AddStartupTask(this ISiloBuilder builder, Func<IServiceProvider, CancellationToken, Task> startupTask, int stage = ActiveStage)
    {
        ArgumentNullException.ThrowIfNull(startupTask);
        builder.Services.AddSingleton(new StartupTask(stage, startupTask));
        return builder;
    }
}

/// <summary>Work to be done at the start.</summary>
/// <param name="Stage">Later stages run later.</param>
/// <param name="Run">Does the work.</param>
internal sealed record StartupTask(int Stage, Func<IServiceProvider, CancellationToken, Task> Run);
