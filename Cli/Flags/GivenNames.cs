using System.Text.RegularExpressions;
using ProvingMarket.Client.Backends.Command;
using ProvingMarket.Client.Provers;
using ProvingMarket.Domain;

namespace ProvingMarket.Cli.Flags;

/// <summary>What the market and its client call a field, as the user has written it: an option, an argument or a field of the request file. A refusal names nothing that
/// the user would have to look up in the source.</summary>
internal static partial class GivenNames
{
    private const string AccountEntryPrefix = "external/";

    private static readonly (string Inside, string Given)[] WorkerSettings =
    [
        ($"{nameof(ProverWorkerOptions)}.{nameof(ProverWorkerOptions.CircuitsFolder)}", "--circuits"),
        ($"{nameof(ProverWorkerOptions)}.{nameof(ProverWorkerOptions.Circuits)}", "--circuit"),
        ($"{nameof(ProverWorkerOptions)}.{nameof(ProverWorkerOptions.ProverId)}", "--id"),
        ($"{nameof(ProverWorkerOptions)}.{nameof(ProverWorkerOptions.Account)}", "--account"),
        ($"{nameof(ProverWorkerOptions)}.{nameof(ProverWorkerOptions.AskPerUnit)}", "--ask"),
        ($"{nameof(ProverWorkerOptions)}.{nameof(ProverWorkerOptions.Hardware)}", "--hardware"),
        (nameof(ProverWorkerOptions.StandingAsks), "--standing-ask"),
        ($"{nameof(CommandOptions.Arguments)}[", "--arg["),
        ($"{nameof(CommandOptions.Arguments)} ", "--arg "),
        ($"{nameof(CommandOptions.Executable)} ", "--command "),
        ($"{nameof(CommandOptions.WorkingFolder)} ", "--work-folder "),
    ];

    /// <summary>A refusal of a movement of money.</summary>
    /// <param name="refusal">The refusal.</param>
    /// <param name="subject">The option by which the account or the prover is named.</param>
    public static Refusal OfMoney(Refusal refusal, string subject) => refusal with
    {
        Field = refusal.Field switch
        {
            "account" or "proverId" => subject,
            "amount" => "--amount",
            "entryId" => "--entry",
            var field => field,
        },
        // Accounts keep the entries of people apart from the market's own.
        Limit = refusal.Limit.Replace(AccountEntryPrefix, "", StringComparison.Ordinal),
        Value = refusal.Value.Replace(AccountEntryPrefix, "", StringComparison.Ordinal),
    };

    /// <summary>A refusal of a request from a file.</summary>
    /// <param name="refusal">The refusal.</param>
    /// <param name="hasId">Whether its id was given by <c>--id</c>.</param>
    /// <param name="hasAccount">Whether its account was given by <c>--account</c>.</param>
    public static Refusal OfFile(Refusal refusal, bool hasId, bool hasAccount) => refusal switch
    {
        { Field: "requestId", Code: ReasonCode.FieldMissing } => refusal with { Field = "--id", Limit = "an id, here or as requestId in the file" },
        { Field: "account", Code: ReasonCode.FieldMissing } => refusal with { Field = "--account", Limit = "an id, here or as account in the file" },
        { Field: "requestId" } when hasId => refusal with { Field = "--id" },
        { Field: "account" } when hasAccount => refusal with { Field = "--account" },
        { Field: "programId" } => refusal with { Field = "program" },
        // What is held is the highest price.
        { Field: "amount" } => refusal with { Field = "maxPrice" },
        { Field: var field } => refusal with { Field = Parameter().Replace(field.Replace("fallbacks.causes", "fallbacks.on", StringComparison.Ordinal), "mechanism.parameters.") },
    };

    /// <summary>A refusal of a request that was named by an argument.</summary>
    public static Refusal OfArgument(Refusal refusal, string argument) => refusal.Field == "requestId" ? refusal with { Field = argument } : refusal;

    /// <summary>Why a worker, or its backend, cannot work with its settings.</summary>
    public static string OfWorker(string message) =>
        WorkerSettings.Aggregate(message, (text, name) => text.Replace(name.Inside, name.Given, StringComparison.Ordinal));

    [GeneratedRegex(@"\bmechanism\.(?!name\b|parameters\b)")]
    private static partial Regex Parameter();
}
