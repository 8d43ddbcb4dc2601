using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProvingMarket.Cli.Connections;
using ProvingMarket.Cli.Flags;
using ProvingMarket.Client.Backends;
using ProvingMarket.Client.Provers;

namespace ProvingMarket.Cli.Commands;

/// <summary><c>market prover</c>: what a prover runs.</summary>
internal static class ProverCommand
{
    private static readonly TimeSpan SpareShutdownTime = TimeSpan.FromSeconds(5);

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var options = new ProverRunOptions();
        var run = new DocumentedCommand(
            "run",
            """
            Runs a prover's worker until Ctrl-C: it offers the circuits of a folder to the market, takes invitations that pay and that it can
            finish in time, proves and delivers. It waits for a market that is not there yet, which it tells on standard error, and outlives
            its restarts. On Ctrl-C it takes nothing new, finishes what it has within the drain time and gives the rest back.
            """,
            """
            Exit codes:
              0  stopped by Ctrl-C or SIGTERM: after draining, or before the market was there
              1  refused by the market for good, for example an id that belongs to another account
              2  unusable flags or settings, or a backend that cannot work on this machine
              3  the program itself failed

            Examples:
              market prover run --gateway 127.0.0.1:5170 --id alice-1 --account alice
              market prover run --gateway market.example:5170 --id gpu-7 --account bob --circuits ./circuits --circuit merkle-membership --slots 4 --ask 0.25 --hardware gpu
              market prover run --gateway 10.0.0.1:5170,10.0.0.2:5170 --id cluster-1 --account dave
              market prover run --gateway 127.0.0.1:5170 --id fast --account carol --backend command --command rapidsnark-prove --arg {artefact:wasm} --arg {artefact:zkey} --arg {input} --arg {proof} --arg {public} --time-limit 2m --memory-limit 8192
            """);
        foreach (var option in options.All) run.Options.Add(option);
        run.SetAction((result, cancellationToken) => RunAsync(options, result, cancellationToken));
        return new Command("prover", "What a prover does.") { run, ProverScoreCommand.Create(), MoneyCommands.CreateStake(), MoneyCommands.CreateUnstake() };
    }

    private static async Task<int> RunAsync(ProverRunOptions options, ParseResult result, CancellationToken cancellationToken)
    {
        var error = result.InvocationConfiguration.Error;
        var (settings, problem) = options.Read(result);
        if (settings is null) return result.Fail(ExitCodes.Unusable, problem!);

        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        Compose(builder, settings, error);
        try
        {
            using var host = builder.Build();
            var worker = host.Services.GetRequiredService<ProverWorker>();
            // What cannot be run is told before the market is waited for; snarkjs may have to be installed, which is left to the worker and its log.
            if (settings.Command is not null) await host.Services.GetRequiredService<IProverBackend>().PrepareAsync(progress: null, cancellationToken);
            await host.RunAsync(cancellationToken);
            return ExitCodeOf(worker, result);
        }
        catch (OptionsValidationException exception)
        {
            return result.Fail(ExitCodes.Unusable, GivenNames.OfWorker(exception.Message));
        }
        catch (ProverBackendException exception)
        {
            return result.Fail(ExitCodes.Unusable, GivenNames.OfWorker($"{exception.Reason}: {exception.Message}"));
        }
        catch (OrleansConfigurationException exception)
        {
            return result.Fail(ExitCodes.Refused, exception.Message); // the gateway asks for another secret, or is another market's
        }
        catch (Exception exception) when (exception is OperationCanceledException or OrleansException && cancellationToken.IsCancellationRequested)
        {
            return ExitCodes.Success; // before the market was there
        }
    }

    private static int ExitCodeOf(ProverWorker worker, ParseResult result) =>
        worker.ExecuteTask?.Exception?.InnerException switch
        {
            null => ExitCodes.Success,
            ProverRefusedException refused => result.Fail(ExitCodes.Refused, refused.Message),
            ProverBackendException unusable => result.Fail(ExitCodes.Unusable, GivenNames.OfWorker($"{unusable.Reason}: {unusable.Message}")),
            var unexpected => throw unexpected,
        };

    private static void Compose(HostApplicationBuilder builder, ProverRunSettings settings, TextWriter error)
    {
        builder.Logging
            .AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat, console.UseUtcTimestamp) = (true, "HH:mm:ss.fff ", true))
            .SetMinimumLevel(settings.Verbose ? LogLevel.Debug : LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None) // what ends the host is told below, without a stack
            .AddFilter("Orleans", LogLevel.Error);
        builder.Services.AddSingleton<IHostLifetime, CommandLifetime>();
        builder.Services.AddHostedService(_ => new MarketNotice(settings.Connection.Market, error));
        settings.Connection.Connect(builder);
        if (settings.Command is { } command) builder.Services.AddCommandBackend(ProverRunOptions.CommandBackend, command);
        else builder.Services.AddSnarkjsBackend(snarkjs => snarkjs.Slots = settings.Slots);
        builder.Services.AddProverWorker(settings.Configure);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.Drain + settings.Leave + SpareShutdownTime);
    }
}
