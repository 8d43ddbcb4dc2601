using System.CommandLine;

namespace ProvingMarket.Cli.Commands;

/// <summary>Commands that exist on one engine only.</summary>
internal static class EngineCommands
{
    /// <summary>Builds them: there are none on Microsoft Orleans.</summary>
    public static IEnumerable<Command> Create() => [];
}
