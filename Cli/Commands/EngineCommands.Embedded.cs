using System.CommandLine;
using ProvingMarket.Cli.Commands.Sim;

namespace ProvingMarket.Cli.Commands;

/// <summary>Commands that exist on one engine only.</summary>
internal static class EngineCommands
{
    /// <summary>Builds them: the simulator needs the embedded engine.</summary>
    public static IEnumerable<Command> Create() => [SimCommand.Create()];
}
