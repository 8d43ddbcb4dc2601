using System.CommandLine;
using ProvingMarket.Cli.Commands;

namespace ProvingMarket.Cli.Tests;

/// <summary>A value that cannot be used is refused before anything is done: by the option's name, what it may be, and what it was.</summary>
public sealed class OptionValueTests
{
    private const string Gateway = "127.0.0.1:1";

    private static readonly string[] Balance = ["account", "balance", "--gateway", Gateway, "--account", "a"];
    private static readonly string[] Deposit = ["account", "deposit", "--gateway", Gateway, "--account", "a", "--entry", "e"];
    private static readonly string[] Worker = ["prover", "run", "--gateway", Gateway, "--id", "p", "--account", "a"];
    private static readonly string[] CommandWorker = [.. Worker, "--backend", "command", "--command", "true", "--arg", "{workdir}"];

    public static TheoryData<string[], string, string> Refused => new()
    {
        { Balance, "--connect-timeout must be a duration such as 15s, above 0 and at most 1h", "0s" },
        { Balance, "--connect-timeout must be a duration such as 15s, above 0 and at most 1h", "61m" },
        { Balance, "--connect-timeout must be a duration such as 15s, above 0 and at most 1h", "15" },
        { Deposit, "--amount must be a number of credits above 0 and at most 1000000000, with at most 6 decimals", "ten" },
        { Deposit, "--amount must be a number of credits above 0 and at most 1000000000, with at most 6 decimals", "0" },
        { Deposit, "--amount must be a number of credits above 0 and at most 1000000000, with at most 6 decimals", "-1" },
        { Deposit, "--amount must be a number of credits above 0 and at most 1000000000, with at most 6 decimals", "0.0000001" },
        { Deposit, "--amount must be a number of credits above 0 and at most 1000000000, with at most 6 decimals", "1000000001" },
        { Worker, "--slots must be 1 to 1024", "two" },
        { Worker, "--slots must be 1 to 1024", "0" },
        { Worker, "--slots must be 1 to 1024", "1025" },
        { Worker, "--slots must be 1 to 1024", "1.5" },
        { Worker, "--slots must be 1 to 1024", "99999999999999999999" },
        { Worker, "--ask must be a number of credits, 0 to 1000000, with at most 6 decimals", "1,5" },
        { Worker, "--ask must be a number of credits, 0 to 1000000, with at most 6 decimals", "-1" },
        { Worker, "--ask must be a number of credits, 0 to 1000000, with at most 6 decimals", "1000001" },
        { Worker, "--max-bond must be a number of credits, 0 to 1000000000, with at most 6 decimals", "much" },
        { Worker, "--max-bond must be a number of credits, 0 to 1000000000, with at most 6 decimals", "-0.5" },
        { Worker, "--speed must be 1 or more", "fast" },
        { Worker, "--speed must be 1 or more", "0" },
        { Worker, "--p95 must be a duration such as 30s, above 0 and at most 30d", "0s" },
        { Worker, "--p95 must be a duration such as 30s, above 0 and at most 30d", "31d" },
        { Worker, "--availability must be 1 to 100", "0" },
        { Worker, "--availability must be 1 to 100", "99%" },
        { Worker, "--availability must be 1 to 100", "101" },
        { Worker, "--drain must be a duration such as 20s, 0s to 30d", "soon" },
        { Worker, "--drain must be a duration such as 20s, 0s to 30d", "31d" },
        { Worker, "--backend must be one of snarkjs, command", "rapidsnark" },
        { CommandWorker, "--time-limit must be a duration such as 10m, 10ms to 1d", "0s" },
        { CommandWorker, "--time-limit must be a duration such as 10m, 10ms to 1d", "2d" },
        { CommandWorker, "--memory-limit must be 1 to 16777216", "0" },
        { CommandWorker, "--memory-limit must be 1 to 16777216", "4G" },
        { CommandWorker, "--max-proof must be 1 to 2147483647", "-1" },
        { CommandWorker, "--max-public must be 1 to 2147483647", "1MB" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_value_that_cannot_be_used_is_named_with_its_limits(string[] line, string complaint, string value)
    {
        var option = complaint[..complaint.IndexOf(' ', StringComparison.Ordinal)];

        Assert.Equal((ExitCodes.Unusable, "", $"{complaint}, was {value}"), await RunAsync([.. line, option, value]));
    }

    /// <summary>Whatever options there are: none of a number, a time or money lets a word through, and none ends in a stack.</summary>
    [Fact]
    public async Task No_option_of_any_command_takes_a_word_for_a_number()
    {
        var tried = 0;
        foreach (var (path, command) in Commands(MarketCommand.Create(), []))
        {
            var required = command.Options.Where(option => option.Required).SelectMany(option => (string[])[option.Name, Sample(option)]).ToArray();
            var arguments = command.Arguments.Where(argument => argument.Arity.MinimumNumberOfValues > 0).Select(_ => "r1").ToArray();
            foreach (var option in command.Options.Where(IsMeasured))
            {
                var others = required.Chunk(2).Where(pair => pair[0] != option.Name).SelectMany(pair => pair);
                var (exitCode, output, error) = await RunAsync([.. path, .. arguments, .. others, option.Name, "nonsense"]);
                Assert.True((exitCode, output) == (ExitCodes.Unusable, ""), $"{string.Join(' ', path)} {option.Name}: {exitCode}, {output}");
                Assert.Matches($"^{option.Name} must be .+, was nonsense$", error.Split('\n')[0].TrimEnd());
                Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
                tried++;
            }
        }
        Assert.True(tried >= 20, $"{tried}");
    }

    /// <summary>An option at the end of the line, without its value.</summary>
    [Fact]
    public async Task An_option_without_its_value_is_a_complaint_and_no_stack()
    {
        foreach (var (path, command) in Commands(MarketCommand.Create(), []))
        {
            foreach (var option in command.Options.Where(option => option.Arity.MinimumNumberOfValues > 0))
            {
                var (exitCode, output, error) = await RunAsync([.. path, option.Name]);
                Assert.True((exitCode, output) == (ExitCodes.Unusable, ""), $"{string.Join(' ', path)} {option.Name}: {exitCode}, {output}");
                Assert.Contains(option.Name, error, StringComparison.Ordinal);
                Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
            }
        }
    }

    private static bool IsMeasured(Option option) =>
        (Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType) is var type && type.IsValueType && type != typeof(bool) && !type.IsGenericType;

    private static string Sample(Option option) => option.ValueType == typeof(Domain.Credits) ? "1" : "x";

    private static IEnumerable<(string[] Path, Command Command)> Commands(Command command, string[] path) =>
        command.Subcommands.Count == 0 ? [(path, command)] : command.Subcommands.SelectMany(child => Commands(child, [.. path, child.Name]));

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(string[] line)
    {
        // A worker whose option should have been refused waits for a market that is not there.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using StringWriter output = new(), error = new();
        var exitCode = await MarketCommand.RunAsync(line, output, error, patience.Token);
        return (exitCode, output.ToString(), error.ToString().Trim());
    }
}
