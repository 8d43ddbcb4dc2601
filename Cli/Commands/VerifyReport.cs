using System.Globalization;
using System.Text.Json.Serialization;
using ProvingMarket.Proofs;

namespace ProvingMarket.Cli.Commands;

/// <summary>What <c>market verify</c> found. With <c>--json</c> it is printed as it is, without the parts that are null.</summary>
/// <param name="Valid">Whether the proof is valid.</param>
/// <param name="System">The proof system's name, as it was asked for.</param>
/// <param name="Code"><c>Valid</c>, a <see cref="ProofRefusalCode"/>, or a code of this command's own.</param>
/// <param name="Reason">A sentence for people.</param>
/// <param name="Field">The field at fault.</param>
/// <param name="Limit">The limit that was missed.</param>
/// <param name="Value">The value that missed it.</param>
/// <param name="File">The file that cannot be used.</param>
/// <param name="PublicInputs">How many public inputs the key asks for.</param>
/// <param name="ElapsedMs">How long reading the proof and verifying it took, the key's preparation not counted.</param>
internal sealed record VerifyReport(
    bool Valid,
    string System,
    string Code,
    string Reason,
    string? Field = null,
    string? Limit = null,
    string? Value = null,
    string? File = null,
    int? PublicInputs = null,
    double? ElapsedMs = null)
{
    /// <summary>The exit code that goes with it.</summary>
    [JsonIgnore]
    public int ExitCode { get; private init; } = ExitCodes.Unusable;

    public static VerifyReport UnknownSystem(string system) => new(
        Valid: false,
        system,
        "UnknownSystem",
        $"There is no proof system \"{system}\"; there is {string.Join(", ", ProofSystems.Default.Names)}.",
        Field: "--system");

    public static VerifyReport UnusableFile(string system, FileProblem problem) =>
        new(Valid: false, system, problem.Code, problem.Message, File: problem.Path);

    public static VerifyReport OfKey(string system, ProofRefusal refusal) => OfRefusal(system, refusal);

    public static VerifyReport Of(IPreparedKey key, VerificationResult result, TimeSpan elapsed)
    {
        var report = result.Refusal is { } refusal
            ? OfRefusal(key.System, refusal) with { ExitCode = ExitCodeOf(refusal) }
            : new(Valid: true, key.System, "Valid", "The proof is valid.") { ExitCode = ExitCodes.Success };
        return report with { PublicInputs = key.PublicInputCount, ElapsedMs = double.Round(elapsed.TotalMilliseconds, 3) };
    }

    public string ToJson() => PrintedJson.Of(this);

    public string ToText() => ExitCode switch
    {
        ExitCodes.Success => string.Create(
            CultureInfo.InvariantCulture, $"valid: {System}, public inputs: {PublicInputs}, {ElapsedMs:F1} ms"),
        ExitCodes.Refused => $"invalid: {Reason} ({Code})",
        _ => $"unusable: {Reason} ({Code})",
    };

    private static VerifyReport OfRefusal(string system, ProofRefusal refusal) => new(
        Valid: false, system, $"{refusal.Code}", refusal.Message, refusal.Field, refusal.Limit, refusal.Value);

    /// <summary>What can be read and is wrong is invalid; what cannot be read is unusable.</summary>
    private static int ExitCodeOf(ProofRefusal refusal) =>
        refusal.Fault is ProofFault.Value or ProofFault.Statement ? ExitCodes.Refused : ExitCodes.Unusable;
}
