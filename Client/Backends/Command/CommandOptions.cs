using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.Extensions.Options;
using ProvingMarket.Domain;

namespace ProvingMarket.Client.Backends.Command;

/// <summary>
/// Settings of a backend that runs an executable for each proof. The executable is started directly, never through a shell: each entry
/// of <see cref="Arguments"/> is one argument whatever the values put into it contain.
/// </summary>
public sealed class CommandOptions
{
    /// <summary>Name of the backend, by which a worker chooses it.</summary>
    [Required]
    public string Name { get; set; } = "";

    /// <summary>A path, or a name that is looked up in PATH.</summary>
    [Required]
    public string Executable { get; set; } = "";

    /// <summary>
    /// Arguments with placeholders: <c>{input}</c>, <c>{proof}</c> and <c>{public}</c> are paths of the input file and of the files to
    /// write; <c>{workdir}</c> is their folder, in which they are named <c>input.json</c>, <c>proof.json</c> and <c>public.json</c>;
    /// <c>{program}</c> is the program's id and <c>{artefact:role}</c> the path of one of its files. A literal brace is doubled. Input, proof
    /// and public must each appear, unless <c>{workdir}</c> does.
    /// </summary>
    public IList<string> Arguments { get; set; } = [];

    /// <summary>
    /// Folder in which each job has a folder of its own, readable for this user only and removed afterwards. What a worker that was killed
    /// left behind, running commands included, is removed by the next worker.
    /// </summary>
    /// <value><c>ProvingMarket/jobs</c> in the user's folder for local application data.</value>
    [Required]
    public string WorkingFolder { get; set; } = DefaultWorkingFolder();

    /// <summary>How long one proof may take.</summary>
    /// <value>10 minutes.</value>
    [Range(typeof(TimeSpan), CommandLimits.ShortestText, CommandLimits.LongestText)]
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Resident memory of the command, on Linux its descendants included. It is looked at ten times a second, so an overshoot is possible; for
    /// a hard bound run the worker in a container.
    /// </summary>
    /// <value>4096.</value>
    [Range(1, CommandLimits.MemoryMegabytes)]
    public int MemoryLimitMegabytes { get; set; } = 4096;

    /// <summary>Largest input that is taken: at least <see cref="MarketLimits.InputBytes"/>, the largest that a request may have, because a worker learns how large it is when it has joined.</summary>
    /// <value>64 MiB.</value>
    [Range(MarketLimits.InputBytes, int.MaxValue)]
    public int MaxInputBytes { get; set; } = 64 << 20;

    /// <summary>Largest proof that is taken; a command that writes more is killed.</summary>
    /// <value><see cref="MarketLimits.ProofBytes"/>, the largest that the market takes.</value>
    [Range(1, int.MaxValue)]
    public int MaxProofBytes { get; set; } = MarketLimits.ProofBytes;

    /// <summary>Largest file of public inputs that is taken; a command that writes more is killed. More than <see cref="MarketLimits.PublicInputsBytes"/> is of use: they may be laid out with white
    /// space, and are delivered as the request has them.</summary>
    /// <value>1 MiB.</value>
    [Range(1, int.MaxValue)]
    public int MaxPublicInputsBytes { get; set; } = 1 << 20;

    /// <summary>Names of variables that the command sees with the worker's values, besides PATH, HOME and the like.</summary>
    public IList<string> PassEnvironment { get; set; } = [];

    /// <summary>Variables that are set for the command.</summary>
    public IDictionary<string, string> SetEnvironment { get; set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    // Empty where the user has no such folder; the setting is then required, and says so by name.
    private static string DefaultWorkingFolder() =>
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify) is { Length: > 0 } folder
            ? Path.Combine(folder, "ProvingMarket", "jobs")
            : "";
}

/// <summary>What the settings of <see cref="CommandOptions"/> may be at most, and at least. Sizes in bytes are 1 to <see cref="int.MaxValue"/>.</summary>
public static class CommandLimits
{
    internal const string ShortestText = "00:00:00.01";
    internal const string LongestText = "1.00:00:00";

    /// <summary>Highest <see cref="CommandOptions.MemoryLimitMegabytes"/>.</summary>
    public const int MemoryMegabytes = 1 << 24;

    /// <summary>Shortest <see cref="CommandOptions.TimeLimit"/>: 10 milliseconds.</summary>
    public static readonly TimeSpan ShortestTime = TimeSpan.Parse(ShortestText, CultureInfo.InvariantCulture);

    /// <summary>Longest <see cref="CommandOptions.TimeLimit"/>: a day.</summary>
    public static readonly TimeSpan LongestTime = TimeSpan.Parse(LongestText, CultureInfo.InvariantCulture);
}

/// <summary>Refuses settings outside their range by name.</summary>
[OptionsValidator]
internal sealed partial class CommandRangeValidator : IValidateOptions<CommandOptions>;

/// <summary>Refuses unusable settings by name: ranges first, then the placeholders.</summary>
internal sealed class CommandOptionsValidator : IValidateOptions<CommandOptions>
{
    private readonly CommandRangeValidator _ranges = new();

    public ValidateOptionsResult Validate(string? name, CommandOptions options)
    {
        var ranges = _ranges.Validate(name, options);
        var refusals = CommandTemplate.Parse(options.Arguments).Refusals.Select(refusal => refusal.ToString());
        string[] failures = [.. ranges.Failures ?? [], .. refusals];
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
