using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace ProvingMarket.Cli.Commands;

/// <summary>The <c>market</c> command: composes its subcommands and runs one of them.</summary>
internal static class MarketCommand
{
    /// <summary>Runs a command line.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="output">Where answers go.</param>
    /// <param name="error">Where complaints go.</param>
    /// <param name="cancellationToken">Ends the command early.</param>
    /// <returns>The exit code, one of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> args, TextWriter output, TextWriter error, CancellationToken cancellationToken = default)
    {
        // On Ctrl-C a command is told by the token and ends by itself: a prover has proofs to finish.
        InvocationConfiguration configuration = new() { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        try
        {
            var line = Create().Parse(args);

            // Whoever mistyped an option needs the complaint, not a screen of help below it.
            var complaint = line.Action as ParseErrorAction;
            if (complaint is not null)
                complaint.ShowHelp = line.CommandResult.Command.Subcommands.Count > 0;
            var exitCode = await line.InvokeAsync(configuration, cancellationToken);
            return complaint is null ? exitCode : ExitCodes.Unusable;
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync("Interrupted.");
            return ExitCodes.Interrupted;
        }
        catch (Exception exception)
        {
            // A bug of this program must not look like an answer.
            await error.WriteLineAsync(exception.ToString());
            return ExitCodes.Failure;
        }
    }

    /// <summary>All commands.</summary>
    internal static RootCommand Create()
    {
        RootCommand root = new("A zero-knowledge proving marketplace.")
        {
            MoneyCommands.CreateAccount(),
            AuditCommand.Create(),
            ClusterCommand.Create(),
            DemoCommand.Create(),
            LedgerCommand.Create(),
            ProverCommand.Create(),
            QuoteCommand.Create(),
            RequestCommand.Create(),
            StateCommand.Create(),
            VerifyCommand.Create(),
        };
        foreach (var command in EngineCommands.Create()) root.Add(command);

        foreach (var option in root.Options.OfType<HelpOption>())
        {
            if (option.Action is HelpAction help)
                option.Action = new NotesHelpAction(help);
        }

        return root;
    }
}
