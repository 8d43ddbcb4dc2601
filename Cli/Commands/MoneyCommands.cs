using System.CommandLine;
using ProvingMarket.Cli.Connections;
using ProvingMarket.Client;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Accounts;

namespace ProvingMarket.Cli.Commands;

/// <summary><c>market account</c>, <c>market prover stake</c> and <c>unstake</c>: moves money, once for each entry id.</summary>
internal static class MoneyCommands
{
    private const string ExitCodesText = """
        Exit codes:
          0  done, now or by an earlier call with the same entry id
          1  refused, or the market could not be reached; the reason is on standard error
          2  unusable flags
          130  interrupted by Ctrl-C or SIGTERM; the same entry id again tells what came of it
        """;

    /// <summary>Builds <c>market account</c>.</summary>
    public static Command CreateAccount() => new("account", "What is on an account, and moving money in and out of the market.")
    {
        Movement(
            "balance", "Shows what is on an account.", "--account", "market account balance --gateway 127.0.0.1:5170 --account alice", moves: false,
            async (market, account, _, _, cancellationToken) => (null, Show(account, await market.GetBalanceAsync(account, cancellationToken)))),
        Movement(
            "deposit", "Brings money into the market.", "--account", "market account deposit --gateway 127.0.0.1:5170 --account alice --entry 2026-03-01 --amount 100", moves: true,
            async (market, account, entry, amount, cancellationToken) => Answer(account, await market.DepositAsync(account, entry, amount, cancellationToken))),
        Movement(
            "withdraw", "Takes money out of the market.", "--account", "market account withdraw --gateway 127.0.0.1:5170 --account alice --entry 2026-03-31 --amount 20.5", moves: true,
            async (market, account, entry, amount, cancellationToken) => Answer(account, await market.WithdrawAsync(account, entry, amount, cancellationToken))),
    };

    /// <summary>Builds <c>market prover stake</c>.</summary>
    public static Command CreateStake() => Movement(
        "stake", "Moves money from a prover's account to its stake. The prover must have connected once.", "--id",
        "market prover stake --gateway 127.0.0.1:5170 --id alice-1 --entry first --amount 50", moves: true,
        async (market, prover, entry, amount, cancellationToken) =>
            await market.DepositStakeAsync(prover, entry, amount, cancellationToken) is { } refusal ? (refusal, "") : (null, $"{amount} credits are staked for {prover}"));

    /// <summary>Builds <c>market prover unstake</c>.</summary>
    public static Command CreateUnstake() => Movement(
        "unstake",
        """
        Moves stake back to a prover's account, after the market's delay and when no bond needs it any more; the market does it by itself. Until then it
        can be slashed, and nothing new can be bonded on it. Repeated with the same entry id, it tells how far it is.
        """,
        "--id", "market prover unstake --gateway 127.0.0.1:5170 --id alice-1 --entry leaving --amount 50", moves: true,
        async (market, prover, entry, amount, cancellationToken) =>
        {
            var answer = await market.UnbondStakeAsync(prover, entry, amount, cancellationToken);
            if (answer.Refusal is { } refusal) return (refusal, "");
            return (null, answer.Unbonding is { Released: { } released } ? $"{released} credits are on the account of {prover}" : $"{amount} credits leave at {answer.Unbonding!.FreeAt:u} or when no bond needs them");
        });

    private static DocumentedCommand Movement(
        string name, string description, string subject, string example, bool moves,
        Func<IProvingMarketClient, string, string, Credits, CancellationToken, Task<(Refusal? Refusal, string Text)>> act)
    {
        var connection = new ConnectionOptions();
        var id = new Option<string>(subject) { HelpName = "ID", Required = true, Description = subject == "--id" ? "The prover." : "The account." };
        var entry = new Option<string>("--entry") { HelpName = "ID", Required = moves, Description = "Names this movement: the same one again moves nothing." };
        var amount = new Option<string>("--amount") { HelpName = "CREDITS", Required = moves, Description = "How much." };
        var command = new DocumentedCommand(name, description, $"{ExitCodesText}\n\nExample:\n  {example}") { id };
        if (moves)
        {
            command.Add(entry);
            command.Add(amount);
        }
        foreach (var option in connection.All) command.Options.Add(option);
        command.SetAction(async (flags, cancellationToken) =>
        {
            var (console, credits) = (flags.InvocationConfiguration, Credits.Zero);
            var (target, problem) = connection.Read(flags);
            if (target is null) return Fail(console, ExitCodes.Unusable, problem!);
            if (Ids.Check(subject, flags.GetRequiredValue(id)) is { } malformed) return Fail(console, ExitCodes.Unusable, malformed.ToString());
            if (moves && Ids.Check("--entry", flags.GetRequiredValue(entry)) is { } badEntry) return Fail(console, ExitCodes.Unusable, badEntry.ToString());
            if (moves && !Credits.TryParse(flags.GetValue(amount), out credits))
                return Fail(console, ExitCodes.Unusable, $"--amount must be a number of credits, was {flags.GetValue(amount)}");
            return await MarketCall.RunAsync(
                target, console,
                async market =>
                {
                    var (refusal, text) = await act(market, flags.GetRequiredValue(id), flags.GetValue(entry) ?? "", credits, cancellationToken);
                    if (refusal is not null) return Fail(console, ExitCodes.Refused, refusal.ToString());
                    await console.Output.WriteLineAsync(text);
                    return ExitCodes.Success;
                },
                cancellationToken);
        });
        return command;
    }

    private static (Refusal? Refusal, string Text) Answer(string account, AccountAnswer answer) => (answer.Refusal, Show(account, answer.Balance));

    private static string Show(string account, AccountBalance balance) => $"{account} has {balance.Available} credits available and {balance.Held} held";

    private static int Fail(InvocationConfiguration console, int exitCode, string message)
    {
        console.Error.WriteLine(message);
        return exitCode;
    }
}
