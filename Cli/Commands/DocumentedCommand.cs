using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace ProvingMarket.Cli.Commands;

/// <summary>A command with notes (exit codes, examples) that its own help shows after the options.</summary>
internal sealed class DocumentedCommand(string name, string description, string notes) : Command(name, description)
{
    /// <summary>The notes.</summary>
    public string Notes { get; } = notes;
}

/// <summary>The usual help, followed by the notes of the command that it is for.</summary>
internal sealed class NotesHelpAction(HelpAction help) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var exitCode = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is DocumentedCommand command)
            parseResult.InvocationConfiguration.Output.WriteLine(command.Notes);
        return exitCode;
    }
}
