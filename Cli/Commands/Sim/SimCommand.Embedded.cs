using System.CommandLine;

namespace ProvingMarket.Cli.Commands.Sim;

/// <summary><c>market sim</c>: the market under virtual time.</summary>
internal static class SimCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create() => new("sim", "The market in virtual time: one thread, one seed, everything else drawn from it.") { FaultsCommand.Create(), QosCommand.Create() };
}
