using System.CommandLine;
using ProvingMarket.Cli.Connections;
using ProvingMarket.Cli.Flags;
using ProvingMarket.Client;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Accounts;

namespace ProvingMarket.Cli.Commands;

/// <summary><c>market account</c>, <c>market prover stake</c> and <c>unstake</c>: moves money, once for each entry id.</summary>
internal static class MoneyCommands
{
    private const string BalanceJson = "JSON (--json): account, available, held; amounts are credits as decimal texts.";

    private delegate Task<MoneyAnswer> Act(IProvingMarketClient market, string id, string entry, Credits amount, CancellationToken cancellationToken);

    /// <summary>Builds <c>market account</c>.</summary>
    public static Command CreateAccount() => new("account", "What is on an account, and moving money in and out of the market.")
    {
        Movement(
            "balance", "Shows what is on an account.", "--account", BalanceJson, "market account balance --gateway 127.0.0.1:5170 --account alice", moves: false,
            async (market, account, _, _, cancellationToken) => MoneyAnswer.Of(account, await market.GetBalanceAsync(account, cancellationToken))),
        Movement(
            "deposit", "Brings money into the market.", "--account", BalanceJson, "market account deposit --gateway 127.0.0.1:5170 --account alice --entry 2026-03-01 --amount 100", moves: true,
            async (market, account, entry, amount, cancellationToken) => MoneyAnswer.Of(account, await market.DepositAsync(account, entry, amount, cancellationToken))),
        Movement(
            "withdraw", "Takes money out of the market.", "--account", BalanceJson, "market account withdraw --gateway 127.0.0.1:5170 --account alice --entry 2026-03-31 --amount 20.5", moves: true,
            async (market, account, entry, amount, cancellationToken) => MoneyAnswer.Of(account, await market.WithdrawAsync(account, entry, amount, cancellationToken))),
    };

    /// <summary>Builds <c>market prover stake</c>.</summary>
    public static Command CreateStake() => Movement(
        "stake", "Moves money from a prover's account to its stake. The prover must have connected once.", "--id",
        "JSON (--json): proverId, entry, staked: what this entry has moved.",
        "market prover stake --gateway 127.0.0.1:5170 --id alice-1 --entry first --amount 50", moves: true,
        async (market, prover, entry, amount, cancellationToken) => await market.DepositStakeAsync(prover, entry, amount, cancellationToken) is { } refusal
            ? new MoneyAnswer { Refusal = refusal }
            : new MoneyAnswer { Text = $"{amount} credits are staked for {prover}", Json = new { ProverId = prover, Entry = entry, Staked = amount.ToString() } });

    /// <summary>Builds <c>market prover unstake</c>.</summary>
    public static Command CreateUnstake() => Movement(
        "unstake",
        """
        Moves stake back to a prover's account, after the market's delay and when no bond needs it any more; the market does it by itself. Until then it
        can be slashed, and nothing new can be bonded on it. Repeated with the same entry id, it tells how far it is.
        """,
        "--id", "JSON (--json): proverId, entry, amount, freeAt: when it can leave at the earliest, released: what has left the stake, and isPaid: whether that is on the account.",
        "market prover unstake --gateway 127.0.0.1:5170 --id alice-1 --entry leaving --amount 50", moves: true,
        async (market, prover, entry, amount, cancellationToken) =>
        {
            var answer = await market.UnbondStakeAsync(prover, entry, amount, cancellationToken);
            if (answer.Refusal is { } refusal) return new MoneyAnswer { Refusal = refusal };
            var unbonding = answer.Unbonding!;
            return new MoneyAnswer
            {
                Text = unbonding.Released is { } released
                    ? $"{released} credits are {(unbonding.IsPaid ? "on" : "on their way to")} the account of {prover}"
                    : $"{amount} credits leave at {unbonding.FreeAt:u} or when no bond needs them",
                Json = new { ProverId = prover, Entry = entry, Amount = amount.ToString(), unbonding.FreeAt, Released = unbonding.Released?.ToString(), unbonding.IsPaid },
            };
        });

    private static DocumentedCommand Movement(string name, string description, string subject, string json, string example, bool moves, Act act)
    {
        var connection = new ConnectionOptions();
        var id = new Option<string>(subject) { HelpName = "ID", Required = true, Description = subject == "--id" ? "The prover." : "The account." };
        var entry = new Option<string>("--entry") { HelpName = "ID", Required = moves, Description = "Names this movement: the same one again moves nothing." };
        var amount = ValueOptions.Amount("--amount", "How much.", MarketLimits.Amount);
        amount.Required = moves;
        var command = new DocumentedCommand(
            name,
            description,
            $"""
            Exit codes:
              0  {(moves ? "done, now or by an earlier call with the same entry id" : "shown")}
              1  refused, or the market could not be reached; the reason is on standard error
              2  unusable flags
              3  the program itself failed
              130  interrupted by Ctrl-C or SIGTERM{(moves ? "; the same entry id again tells what came of it" : "")}

            {json}

            Example:
              {example}
            """)
        {
            id,
        };
        if (moves)
        {
            command.Add(entry);
            command.Add(amount);
        }
        command.Add(Answers.JsonOption());
        foreach (var option in connection.All) command.Options.Add(option);
        command.SetAction(async (line, cancellationToken) =>
        {
            var (target, problem) = connection.Read(line);
            if (target is null) return line.Fail(ExitCodes.Unusable, problem!);
            if (Ids.Check(subject, line.GetRequiredValue(id)) is { } malformed) return line.Fail(ExitCodes.Unusable, malformed.ToString());
            if (moves && Ids.Check("--entry", line.GetRequiredValue(entry)) is { } badEntry) return line.Fail(ExitCodes.Unusable, badEntry.ToString());
            return await MarketCall.RunAsync(
                target, line.InvocationConfiguration,
                async market =>
                {
                    var answer = await act(market, line.GetRequiredValue(id), line.GetValue(entry) ?? "", moves ? line.GetRequiredValue(amount) : Credits.Zero, cancellationToken);
                    return answer.Refusal is { } refusal
                        ? line.Fail(ExitCodes.Refused, $"{GivenNames.OfMoney(refusal, subject)}")
                        : line.Answer(() => answer.Text, () => PrintedJson.Of(answer.Json));
                },
                cancellationToken);
        });
        return command;
    }

    /// <summary>What a movement came to.</summary>
    private sealed record MoneyAnswer
    {
        /// <summary>Why it was not made.</summary>
        public Refusal? Refusal { get; init; }

        /// <summary>For people.</summary>
        public string Text { get; init; } = "";

        /// <summary>For programs.</summary>
        public object? Json { get; init; }

        public static MoneyAnswer Of(string account, AccountAnswer answer) => Of(account, answer.Balance) with { Refusal = answer.Refusal };

        public static MoneyAnswer Of(string account, AccountBalance balance) => new()
        {
            Text = $"{account} has {balance.Available} credits available and {balance.Held} held",
            Json = new { Account = account, Available = balance.Available.ToString(), Held = balance.Held.ToString() },
        };
    }
}
