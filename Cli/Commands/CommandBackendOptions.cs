using System.CommandLine;
using ProvingMarket.Cli.Flags;
using ProvingMarket.Client;
using ProvingMarket.Client.Backends.Command;

namespace ProvingMarket.Cli.Commands;

/// <summary>The flags of <c>market prover run</c> that only the command backend has: what to run, and its limits.</summary>
internal sealed class CommandBackendOptions
{
    private static readonly CommandOptions Defaults = new();

    private readonly Option<string> _command = new("--command") { HelpName = "FILE", Description = "With the command backend: the executable, as a path or as a name in PATH." };
    private readonly Option<string[]> _arguments = new("--arg") { HelpName = "ARG", Description = "With the command backend: an argument; {input}, {proof}, {public}, {workdir}, {program} and {artefact:ROLE} are replaced. May be repeated.", AllowMultipleArgumentsPerToken = false };
    private readonly Option<TimeSpan> _timeLimit = ValueOptions.Time(
        "--time-limit", $"With the command backend: how long one proof may take; then the command is killed (default: {Deadline.Text(Defaults.TimeLimit)}).",
        $"a duration such as 10m, {Deadline.Text(CommandLimits.ShortestTime)} to {Deadline.Text(CommandLimits.LongestTime)}", time => time >= CommandLimits.ShortestTime && time <= CommandLimits.LongestTime);
    private readonly Option<int> _memoryLimit = ValueOptions.Number(
        "--memory-limit", $"With the command backend: MiB of memory of one command, on Linux with what it starts; one that takes more is killed (default: {Defaults.MemoryLimitMegabytes}).", 1, CommandLimits.MemoryMegabytes);
    private readonly Option<int> _maxProof = Bytes("--max-proof", "bytes of the largest proof; a command that writes more is killed", Defaults.MaxProofBytes);
    private readonly Option<int> _maxPublic = Bytes("--max-public", "bytes of the largest file of public inputs; a command that writes more is killed", Defaults.MaxPublicInputsBytes);
    private readonly Option<string> _workFolder = new("--work-folder") { HelpName = "DIR", Description = "With the command backend: where each job has a folder of its own (default: in the user's folder for application data)." };
    private readonly Option<string[]> _passed = new("--pass-env") { HelpName = "NAME", Description = "With the command backend: an environment variable that the command sees, besides PATH, HOME and the like. May be repeated.", AllowMultipleArgumentsPerToken = false };

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => [_command, _arguments, _timeLimit, _memoryLimit, _maxProof, _maxPublic, _workFolder, _passed];

    /// <summary>Why they do not go with the backend that was chosen; null when they do.</summary>
    /// <param name="flags">The command line.</param>
    /// <param name="isChosen">Whether the command backend was chosen.</param>
    public string? Problem(ParseResult flags, bool isChosen)
    {
        if (isChosen) return flags.GetResult(_command) is null ? "--command must be given with --backend command" : null;
        return All.FirstOrDefault(option => flags.GetResult(option) is not null) is { } given
            ? $"{given.Name} must be left out without --backend command, was given"
            : null;
    }

    /// <summary>Puts what was given into the backend's settings.</summary>
    public void Configure(ParseResult flags, CommandOptions options)
    {
        options.Executable = flags.GetRequiredValue(_command);
        options.Arguments = flags.GetValue(_arguments) ?? [];
        options.TimeLimit = flags.IfGiven(_timeLimit) ?? options.TimeLimit;
        options.MemoryLimitMegabytes = flags.IfGiven(_memoryLimit) ?? options.MemoryLimitMegabytes;
        options.MaxProofBytes = flags.IfGiven(_maxProof) ?? options.MaxProofBytes;
        options.MaxPublicInputsBytes = flags.IfGiven(_maxPublic) ?? options.MaxPublicInputsBytes;
        options.WorkingFolder = flags.GetValue(_workFolder) ?? options.WorkingFolder;
        options.PassEnvironment = flags.GetValue(_passed) ?? [];
    }

    private static Option<int> Bytes(string name, string what, int unlessGiven) =>
        ValueOptions.Number(name, $"With the command backend: {what} (default: {unlessGiven}).", 1, int.MaxValue);
}
