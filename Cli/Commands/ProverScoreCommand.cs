using System.CommandLine;
using ProvingMarket.Cli.Connections;
using ProvingMarket.Cli.Flags;
using ProvingMarket.Domain;

namespace ProvingMarket.Cli.Commands;

/// <summary><c>market prover score</c>: how the market sees a prover, and what would win it more work.</summary>
internal static class ProverScoreCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var prover = new Argument<string>("PROVER") { Description = "The prover's id." };
        var connection = new ConnectionOptions();
        var command = new DocumentedCommand(
            "score",
            """
            Shows how the market sees a prover: what was measured against what it declares, its reputation, where it stands among those who serve the same
            programs, how many runs it could take part in, was invited to and got, and why not the others; and which single changes would make it one of the
            first for more of the runs of late. Counts are since the market was started.
            """,
            """
            Exit codes:
              0  shown
              1  there is no such prover, or the market could not be reached; the reason is on standard error
              2  unusable flags
              3  the program itself failed
              130  interrupted by Ctrl-C or SIGTERM

            Examples:
              market prover score alice-1 --gateway 127.0.0.1:5170
              market prover score alice-1 --json --gateway 127.0.0.1:5170 | jq '.improvements[0].change'
            """);
        command.Arguments.Add(prover);
        foreach (var option in (IEnumerable<Option>)[Answers.JsonOption(), .. connection.All]) command.Options.Add(option);
        command.SetAction(async (flags, cancellationToken) =>
        {
            var (target, problem) = connection.Read(flags);
            if (target is null) return flags.Fail(ExitCodes.Unusable, problem!);
            var id = flags.GetRequiredValue(prover);
            if (Ids.Check("PROVER", id) is { } malformed) return flags.Fail(ExitCodes.Unusable, malformed.ToString());
            return await MarketCall.RunAsync(
                target, flags.InvocationConfiguration, async market =>
                {
                    var answer = await market.GetProverScoreAsync(id, cancellationToken);
                    return answer.Score is { } score
                        ? flags.Answer(() => ScoreReport.ToText(score), () => ScoreReport.ToJson(score))
                        : flags.Fail(ExitCodes.Refused, $"{GivenNames.OfMoney(answer.Refusal!, "PROVER")}");
                },
                cancellationToken);
        });
        return command;
    }
}
