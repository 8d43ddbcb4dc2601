using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ProvingMarket.Cli.Demo;
using ProvingMarket.Client;
using ProvingMarket.Client.Backends;
using ProvingMarket.Client.Backends.Snarkjs;
using Spectre.Console;

namespace ProvingMarket.Cli.Commands;

/// <summary><c>market demo</c>: the market at work, with real circuits and real proofs.</summary>
internal static class DemoCommand
{
    private const int WidthWithoutTerminal = 140;

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var keep = new Option<DirectoryInfo?>("--keep")
        {
            HelpName = "DIR", Description = "Keep the market's data, and every delivered proof with its public inputs and key, in this folder (default: a temporary one, removed).",
        };
        var named = new Option<bool>("--explicit")
        {
            Description = "The three requesters who say what matters to them name a mechanism instead of leaving it to the market: a race, an election with bond and backups, a sealed-bid auction.",
        };
        var command = new DocumentedCommand(
            "demo",
            """
            Shows the market at work: a silo, four provers connected over TCP (two in processes of their own), three real
            circuits, seven requests read from files, three of which leave the choice of the mechanism to the market, one worker
            killed in the middle of its proof and one that delivers a corrupted proof.
            """,
            """
            Exit codes:
              0  everything promised happened
              1  something did not
              2  unusable arguments
              3  the program itself failed
              130  interrupted by Ctrl-C or SIGTERM

            JSON (--json): seconds, requests [{name, account, mechanisms, phase, outcome, proverId, maxPrice, paid, seconds, verified}], money {before, after},
            promises [{promise, holds, seen}]. What happens meanwhile is told on standard error.

            Examples:
              market demo
              market demo --explicit
              market demo --keep ./demo-data
            """)
        {
            keep, named, Answers.JsonOption(),
        };
        command.SetAction((line, cancellationToken) => RunAsync(line, line.GetValue(keep), line.GetValue(named), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult line, DirectoryInfo? keep, bool named, CancellationToken cancellationToken)
    {
        var console = NewConsole(line.WantsJson());
        var progress = new DemoProgress(console, TimeProvider.System);
        var folder = keep ?? Directory.CreateTempSubdirectory("proving-market-");
        try
        {
            folder.Create();
            var demonstration = new Demonstration(progress, NewBackend, named);
            var result = await demonstration.PlayAsync(folder.FullName, cancellationToken);
            if (keep is not null) await DeliveredProofs.WriteAsync(Path.Combine(keep.FullName, "proofs"), result.Outcomes, cancellationToken);
            if (line.WantsJson()) line.InvocationConfiguration.Output.WriteLine(DemoReport.ToJson(result, progress.Elapsed));
            else Show(console, progress, result);
            return result.Checks.All(check => check.Holds) ? ExitCodes.Success : ExitCodes.Refused;
        }
        catch (Exception e) when (IsEnd(e) || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            console.MarkupLineInterpolated($"[red]The demonstration stopped: {e.Message}[/]");
            return ExitCodes.Refused;
        }
        finally
        {
            if (keep is null) folder.Delete(recursive: true);
        }
    }

    /// <summary>Whether the demonstration can go no further, and the message says why: what the market or a prover does not do as it was told.</summary>
    private static bool IsEnd(Exception exception) =>
        exception is InvalidOperationException or ProverBackendException or TimeoutException or RequestRefusedException or MarketUnavailableException or OrleansException;

    /// <summary>Colours on a terminal only, and room for the tables where the output goes to a file or a pipe.</summary>
    private static IAnsiConsole NewConsole(bool toError)
    {
        var isRedirected = toError ? Console.IsErrorRedirected : Console.IsOutputRedirected;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(toError ? Console.Error : Console.Out),
            Ansi = isRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = isRedirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        if (isRedirected) console.Profile.Width = WidthWithoutTerminal;
        return console;
    }

    private static void Show(IAnsiConsole console, DemoProgress progress, Demonstration.Result result)
    {
        console.WriteLine();
        var report = new DemoReport(console);
        report.Timelines(result.Outcomes);
        report.Choices(result.Outcomes);
        report.Requests(result.Outcomes);
        report.Money(result.Before, result.After);
        report.Checks(result.Checks);
        var broken = result.Checks.Count(check => !check.Holds);
        console.MarkupLine(broken == 0
            ? $"[green]Everything promised happened[/], in {progress.Elapsed.TotalSeconds:0.0} s."
            : $"[red]{broken} promise(s) not kept[/], in {progress.Elapsed.TotalSeconds:0.0} s.");
    }

    private static SnarkjsBackend NewBackend() =>
        new(Options.Create(new SnarkjsOptions()), NullLogger<SnarkjsBackend>.Instance, TimeProvider.System);
}
