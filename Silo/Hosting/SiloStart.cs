using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProvingMarket.Silo.Settings;
using ProvingMarket.Storage.PostgreSql;

namespace ProvingMarket.Silo.Hosting;

/// <summary>Runs a silo, and says in one line why it did not start: the setting, its value, and the cause. Where in the program that was, the log says on level Debug.</summary>
internal sealed partial class SiloStart
{
    // Who else would log a failed start, with a page of stack trace each.
    private static readonly string[] s_alsoTell = ["Microsoft.Extensions.Hosting.Internal.Host", "Microsoft.AspNetCore.Server.Kestrel", .. Engine.LogsOfStart];

    private volatile bool _hasStarted;

    /// <summary>Initializes the start of the silo that a host is being built for.</summary>
    /// <param name="logging">The host's log.</param>
    public SiloStart(ILoggingBuilder logging)
    {
        logging.Services.PostConfigure<LoggerFilterOptions>(options =>
        {
            foreach (var category in s_alsoTell)
            {
                var configured = options.Rules.Where(rule => rule.ProviderName is null && category.StartsWith(rule.CategoryName ?? string.Empty, StringComparison.OrdinalIgnoreCase))
                    .MaxBy(rule => rule.CategoryName?.Length ?? 0);
                options.Rules.Add(new LoggerFilterRule(null, category, configured?.LogLevel ?? options.MinLevel, (_, _, level) => _hasStarted || level < LogLevel.Error));
            }
        });
    }

    /// <summary>Starts the silo and runs it until it is stopped.</summary>
    /// <param name="app">The host.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The exit code: 0 when it was stopped, 1 when it did not start.</returns>
    /// <exception cref="OptionsValidationException">A setting cannot be used.</exception>
    public async Task<int> RunAsync(WebApplication app, CancellationToken cancellationToken)
    {
        var settings = app.Services.GetRequiredService<IOptions<SiloSettings>>().Value;
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception error) when (error is not OptionsValidationException)
        {
            LogNotStarted(app.Logger, error);
            Console.Error.WriteLine($"The silo did not start: {Describe(error, settings)}");
            await StopAsync(app);
            return 1;
        }

        _hasStarted = true;
        await app.WaitForShutdownAsync(cancellationToken);
        return 0;
    }

    // What has started ends as ever: a cluster need not find out for itself that this silo is gone.
    private static async Task StopAsync(WebApplication app)
    {
        try
        {
            await app.StopAsync(CancellationToken.None);
        }
        catch (Exception error)
        {
            LogNotStopped(app.Logger, error);
        }
    }

    private static string Describe(Exception error, SiloSettings settings)
    {
        var causes = CausesOf(error).ToList();
        foreach (var cause in causes)
        {
            var setting = (cause == causes[0] ? WebSettingOf(cause, settings) : null) ?? StorageSettingOf(cause, settings) ?? Engine.SettingOf(cause, settings);
            if (setting is not null) return $"{setting}: {cause.Message}".ReplaceLineEndings(" ");
        }

        return string.Join(": ", causes.Select(cause => $"{cause.GetType().Name}: {cause.Message}")).ReplaceLineEndings(" ");
    }

    private static IEnumerable<Exception> CausesOf(Exception error)
    {
        // Of several that failed together, the first: what comes after it has mostly failed with it.
        while (error is AggregateException { InnerException: { } first }) error = first;
        for (var cause = error; cause is not null; cause = cause.InnerException) yield return cause;
    }

    // The web server is what listens itself; engines wrap what their listeners throw.
    private static string? WebSettingOf(Exception error, SiloSettings settings) => error is SocketException or IOException { InnerException: AddressInUseException }
        ? $"{SiloSettings.Section}:Web:Address = '{settings.Web.Address}', {SiloSettings.Section}:Web:Port = {settings.Web.Port}"
        : null;

    private static string? StorageSettingOf(Exception error, SiloSettings settings) => error is PostgreSqlGrainStorageException
        ? $"{PostgreSqlStorage.SettingOf(settings)}, {SiloSettings.Section}:PostgreSql:Schema = '{settings.PostgreSql.Schema}'"
        : null;

    [LoggerMessage(Level = LogLevel.Debug, Message = "The silo did not start.")]
    private static partial void LogNotStarted(ILogger logger, Exception error);

    [LoggerMessage(Level = LogLevel.Debug, Message = "What had started of the silo did not stop.")]
    private static partial void LogNotStopped(ILogger logger, Exception error);
}
