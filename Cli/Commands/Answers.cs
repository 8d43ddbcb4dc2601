using System.CommandLine;

namespace ProvingMarket.Cli.Commands;

/// <summary>How every command says what came of it: the answer on standard output, for people or as one JSON object, and complaints on standard error.</summary>
internal static class Answers
{
    private const string JsonFlag = "--json";

    /// <summary>The flag for JSON, of every command that answers something.</summary>
    public static Option<bool> JsonOption() => new(JsonFlag) { Description = "Print the answer as one JSON object." };

    /// <summary>Whether the answer is to be JSON.</summary>
    public static bool WantsJson(this ParseResult line) => line.GetValue<bool>(JsonFlag);

    /// <summary>Prints the answer as it is wanted.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="text">The answer for people.</param>
    /// <param name="json">The answer as one JSON object.</param>
    /// <param name="exitCode">What the answer means.</param>
    /// <returns>The exit code.</returns>
    public static int Answer(this ParseResult line, Func<string> text, Func<string> json, int exitCode = ExitCodes.Success)
    {
        line.InvocationConfiguration.Output.WriteLine(line.WantsJson() ? json() : text());
        return exitCode;
    }

    /// <summary>Complains.</summary>
    /// <returns>The exit code.</returns>
    public static int Fail(this ParseResult line, int exitCode, string message)
    {
        line.InvocationConfiguration.Error.WriteLine(message);
        return exitCode;
    }
}
