using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using ProvingMarket.Domain;

namespace ProvingMarket.Client.Backends.Snarkjs;

/// <summary>Settings of the snarkjs backend.</summary>
public sealed class SnarkjsOptions
{
    /// <summary>Proofs made at the same time, each by a process and a core of its own.</summary>
    /// <value>1.</value>
    [Range(1, 256)]
    public int Slots { get; set; } = 1;

    /// <summary>Node.js 18 or newer: a path, or a name that is looked up in PATH.</summary>
    /// <value><c>node</c>.</value>
    [Required]
    public string NodeExecutable { get; set; } = "node";

    /// <summary>npm, needed for the first use only: a path, or a name that is looked up in PATH.</summary>
    /// <value><c>npm</c>.</value>
    [Required]
    public string NpmExecutable { get; set; } = "npm";

    /// <summary>Where snarkjs is installed on first use, for all backends and processes of a user.</summary>
    /// <value><c>ProvingMarket/prover</c> in the user's folder for local application data.</value>
    [Required]
    public string CacheFolder { get; set; } = DefaultCacheFolder();

    /// <summary>How long the installation may take, waiting for another process that installs included.</summary>
    /// <value>5 minutes.</value>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan InstallTimeLimit { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a Node process may take to become ready.</summary>
    /// <value>30 seconds.</value>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan StartTimeLimit { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one proof may take.</summary>
    /// <value>10 minutes.</value>
    [Range(typeof(TimeSpan), "00:00:00.01", "1.00:00:00")]
    public TimeSpan ProofTimeLimit { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Memory of one Node process. Its JavaScript heap is bounded exactly; the whole process is looked at ten times a second and killed.
    /// </summary>
    /// <value>2048.</value>
    [Range(64, 1 << 20)]
    public int MemoryLimitMegabytes { get; set; } = 2048;

    /// <summary>Largest input that is taken: at least <see cref="MarketLimits.InputBytes"/>, the largest that a request may have, because a worker learns how large it is when it has joined.</summary>
    /// <value>16 MiB.</value>
    [Range(MarketLimits.InputBytes, 1 << 30)]
    public int MaxInputBytes { get; set; } = 16 << 20;

    /// <summary>Largest proof and public inputs together.</summary>
    /// <value>1 MiB.</value>
    [Range(1024, 1 << 30)]
    public int MaxOutputBytes { get; set; } = 1 << 20;

    // Empty where the user has no such folder; the setting is then required, and says so by name.
    private static string DefaultCacheFolder() =>
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify) is { Length: > 0 } folder
            ? Path.Combine(folder, "ProvingMarket", "prover")
            : "";
}

/// <summary>Refuses unusable settings by name.</summary>
[OptionsValidator]
internal sealed partial class SnarkjsOptionsValidator : IValidateOptions<SnarkjsOptions>;
