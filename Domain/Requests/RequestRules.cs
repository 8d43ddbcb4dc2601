using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms;

namespace ProvingMarket.Domain.Requests;

/// <summary>What a well-formed request is, and its identity.</summary>
public static class RequestRules
{
    /// <summary>Most provers a request can ask to have side by side.</summary>
    public const int HighestRedundancy = 64;

    /// <summary>What the soft deadline is called among a request's fields.</summary>
    public const string SoftDeadline = "softDeadline";

    /// <summary>What the hard deadline is called.</summary>
    public const string HardDeadline = "hardDeadline";

    /// <summary>The shortest half-life by which speed is judged.</summary>
    public static readonly TimeSpan ShortestHalfLife = TimeSpan.FromMilliseconds(1);

    /// <summary>Most mechanisms a request can fall back to.</summary>
    public const int MostFallbacks = 7;

    // All fields of a request, in the order in which its digest has them.
    private static readonly (string Name, Action<FieldDigest, ProofRequestSpec> Add)[] Fields =
    [
        ("requestId", static (digest, spec) => digest.Add(spec.RequestId)),
        ("account", static (digest, spec) => digest.Add(spec.Account)),
        ("programId", static (digest, spec) => digest.Add(spec.ProgramId)),
        ("publicInputs", static (digest, spec) => digest.Add(spec.PublicInputs.Span)),
        ("input", static (digest, spec) => digest.Add(spec.Input.Span)),
        ("maxPrice", static (digest, spec) => digest.Add(spec.MaxPrice.Micro)),
        (SoftDeadline, static (digest, spec) => digest.Add(spec.SoftDeadline.UtcTicks)),
        (HardDeadline, static (digest, spec) => digest.Add(spec.HardDeadline.UtcTicks)),
        ("weights", static (digest, spec) => digest.Add(spec.Weights)),
        ("constraints", static (digest, spec) => digest.Add(spec.Constraints)),
        ("mechanism", static (digest, spec) => digest.Add(spec.Mechanism)),
        ("fallbacks", static (digest, spec) => digest.Add(spec.Fallbacks)),
        ("halfLife", static (digest, spec) => digest.Add(spec.HalfLife?.Ticks ?? -1)),
        ("statements", static (digest, spec) => digest.Add(spec.Statements)),
    ];

    /// <summary>Refuses a request that is incomplete, contradictory, late or over a limit; null when it is fine.</summary>
    public static Refusal? Check(ProofRequestSpec spec, DateTimeOffset now) =>
        Ids.Check("requestId", spec.RequestId)
        ?? Ids.Check("account", spec.Account)
        ?? Ids.CheckSha256("programId", spec.ProgramId)
        ?? (spec.IsBatch || spec.Statements.IsDefault ? CheckBatch(spec) : CheckSizes(spec))
        ?? CheckPrice(spec.MaxPrice)
        ?? CheckDeadlines(spec.SoftDeadline, spec.HardDeadline, now)
        ?? CheckHalfLife(spec.HalfLife)
        ?? (spec.Weights is null ? Missing("weights", "weights") : spec.Weights.Check())
        ?? (spec.Constraints is null ? Missing("constraints", "constraints, which may be the defaults") : CheckConstraints(spec.Constraints))
        ?? (spec.Mechanism is null ? null : CheckMechanism(spec.Mechanism))
        ?? CheckFallbacks(spec);

    /// <summary>SHA-256 over every field of the request, in lower-case hexadecimal: two submissions are the same request when id and
    /// digest are the same. Defined for requests that <see cref="Check"/> refuses, too.</summary>
    public static string DigestOf(ProofRequestSpec spec)
    {
        using var digest = new FieldDigest();
        foreach (var (_, add) in Fields) add(digest, spec);
        return digest.ToHex();
    }

    /// <summary>The fields in which two requests differ, by their names; none when they have the same digest.</summary>
    public static ImmutableArray<string> DifferencesOf(ProofRequestSpec first, ProofRequestSpec second)
    {
        return [.. Fields.Where(field => Of(field.Add, first) != Of(field.Add, second)).Select(field => field.Name)];

        static string Of(Action<FieldDigest, ProofRequestSpec> add, ProofRequestSpec spec)
        {
            using var digest = new FieldDigest();
            add(digest, spec);
            return digest.ToHex();
        }
    }

    /// <summary>Why a statement of a batch is refused that an earlier one states already: one proof would be paid for both. <see cref="Check"/> finds those of the same bytes;
    /// which others state the same is for the program's proof system to say.</summary>
    public static Refusal Repeated(int statement, int earlier) => Refusal.Of(
        ReasonCode.FieldMalformed, $"statements[{statement}].publicInputs", "other than those of every other statement", $"those of statement {earlier}");

    private static Refusal? CheckSizes(ProofRequestSpec spec)
    {
        if (spec.PublicInputs.Length == 0) return Refusal.Of(ReasonCode.FieldMissing, "publicInputs", "the expected public inputs");
        if (spec.PublicInputs.Length > MarketLimits.PublicInputsBytes)
            return TooLarge("publicInputs", MarketLimits.PublicInputsBytes, spec.PublicInputs.Length);
        if (spec.Input.Length == 0) return Refusal.Of(ReasonCode.FieldMissing, "input", "an input or witness");
        return spec.Input.Length > MarketLimits.InputBytes ? TooLarge("input", MarketLimits.InputBytes, spec.Input.Length) : null;
    }

    private static Refusal? CheckBatch(ProofRequestSpec spec)
    {
        if (spec.Statements.IsDefault) return Missing("statements", "a list, which may be empty");
        if (spec.Statements.Any(statement => statement is null)) return Missing("statements", "entries that are there");
        if (spec.PublicInputs.Length > 0) return Refusal.Of(ReasonCode.FieldMalformed, "publicInputs", "empty beside statements", $"{spec.PublicInputs.Length} bytes");
        if (spec.Input.Length > 0) return Refusal.Of(ReasonCode.FieldMalformed, "input", "empty beside statements", $"{spec.Input.Length} bytes");
        if (spec.Statements.Length > MarketLimits.BatchStatements)
            return Refusal.Of(ReasonCode.FieldTooLarge, "statements", $"at most {MarketLimits.BatchStatements} entries", $"{spec.Statements.Length}");
        var (publicInputs, inputs) = (0L, 0L);
        var known = new Dictionary<Bytes, int>();
        for (var i = 0; i < spec.Statements.Length; i++)
        {
            var statement = spec.Statements[i];
            if (statement.PublicInputs.Length == 0) return Missing($"statements[{i}].publicInputs", "the expected public inputs");
            if (statement.Input.Length == 0) return Missing($"statements[{i}].input", "an input or witness");
            if (!known.TryAdd(statement.PublicInputs, i))
                return Repeated(i, known[statement.PublicInputs]);
            (publicInputs, inputs) = (publicInputs + statement.PublicInputs.Length, inputs + statement.Input.Length);
        }
        if (publicInputs > MarketLimits.PublicInputsBytes)
            return Refusal.Of(ReasonCode.FieldTooLarge, "statements.publicInputs", $"at most {MarketLimits.PublicInputsBytes} bytes together", $"{publicInputs} bytes");
        return inputs > MarketLimits.InputBytes
            ? Refusal.Of(ReasonCode.FieldTooLarge, "statements.input", $"at most {MarketLimits.InputBytes} bytes together", $"{inputs} bytes")
            : null;
    }

    private static Refusal? CheckPrice(Credits price)
    {
        if (price <= Credits.Zero) return Refusal.Of(ReasonCode.PriceNotPositive, "maxPrice", "above 0 credits", price.ToString());
        return price > MarketLimits.Amount
            ? Refusal.Of(ReasonCode.OutOfRange, "maxPrice", $"at most {MarketLimits.Amount} credits", price.ToString())
            : null;
    }

    private static Refusal? CheckDeadlines(DateTimeOffset soft, DateTimeOffset hard, DateTimeOffset now)
    {
        if (hard < soft) return Refusal.Of(ReasonCode.DeadlinesReversed, HardDeadline, $"not before the soft deadline {soft:O}", $"{hard:O}");
        if (soft <= now) return Refusal.Of(ReasonCode.DeadlineInPast, SoftDeadline, $"after {now:O}", $"{soft:O}");
        return hard - now > MarketLimits.DeadlineHorizon
            ? Refusal.Of(ReasonCode.DeadlineTooFar, HardDeadline, $"within {MarketLimits.DeadlineHorizon.TotalDays} days", $"{hard:O}")
            : null;
    }

    private static Refusal? CheckHalfLife(TimeSpan? halfLife) => halfLife is { } time && (time < ShortestHalfLife || time > MarketLimits.DeadlineHorizon)
        ? Refusal.Of(ReasonCode.OutOfRange, "halfLife", $"{ShortestHalfLife} to {MarketLimits.DeadlineHorizon}", $"{time}")
        : null;

    private static Refusal? CheckConstraints(RequestConstraints constraints)
    {
        if (constraints.MinRedundancy is < 1 or > HighestRedundancy)
            return Refusal.Of(ReasonCode.OutOfRange, "constraints.minRedundancy", $"1 to {HighestRedundancy}", $"{constraints.MinRedundancy}");
        if (constraints.MinStake < Credits.Zero || constraints.MinStake > MarketLimits.Amount)
            return Refusal.Of(ReasonCode.OutOfRange, "constraints.minStake", $"0 to {MarketLimits.Amount} credits", constraints.MinStake.ToString());
        var badList = CheckList("constraints.hardware", constraints.Hardware)
            ?? CheckList("constraints.allowedProvers", constraints.AllowedProvers)
            ?? CheckList("constraints.deniedProvers", constraints.DeniedProvers);
        if (badList is not null) return badList;
        if (constraints.AllowedProvers.IsEmpty) return null;
        var allowed = constraints.AllowedProvers.Except(constraints.DeniedProvers, StringComparer.Ordinal).Count();
        return allowed < constraints.MinRedundancy
            ? Refusal.Of(ReasonCode.OutOfRange, "constraints.minRedundancy", $"at most the {allowed} allowed provers", $"{constraints.MinRedundancy}")
            : null;
    }

    /// <summary>Form only: which names and values there are is for the mechanism to say.</summary>
    private static Refusal? CheckMechanism(MechanismChoice mechanism)
    {
        if (Ids.Check("mechanism.name", mechanism.Name) is { } badName) return badName;
        if (mechanism.Parameters is null) return Missing("mechanism.parameters", "a table, which may be empty");
        if (mechanism.Parameters.Count > MarketLimits.ListEntries) return TooMany("mechanism.parameters", mechanism.Parameters.Count);
        foreach (var (name, value) in mechanism.Parameters)
        {
            if (Ids.Check("mechanism.parameters", name) is { } badParameter) return badParameter;
            if (value is null) return Missing($"mechanism.{name}", "a value");
            if (value.Length > MarketLimits.ParameterLength)
            {
                return Refusal.Of(
                    ReasonCode.FieldTooLarge, $"mechanism.{name}", $"at most {MarketLimits.ParameterLength} characters", $"{value.Length} characters");
            }
        }
        return null;
    }

    private static Refusal? CheckFallbacks(ProofRequestSpec spec)
    {
        if (spec.Fallbacks.IsDefault) return Missing("fallbacks", "a list, which may be empty");
        if (spec.Fallbacks.Length > MostFallbacks)
            return Refusal.Of(ReasonCode.FieldTooLarge, "fallbacks", $"at most {MostFallbacks} entries", $"{spec.Fallbacks.Length}");
        if (!spec.Fallbacks.IsEmpty && spec.Mechanism is null) return Missing("mechanism", "a mechanism to fall back from");
        foreach (var fallback in spec.Fallbacks)
        {
            if (fallback is null) return Missing("fallbacks", "entries that are there");
            if (fallback.Mechanism is null) return Missing("fallbacks.mechanism", "a mechanism");
            if (CheckMechanism(fallback.Mechanism) is { } malformed) return malformed with { Field = $"fallbacks.{malformed.Field}" };
            if (fallback.Causes.IsDefault) return Missing("fallbacks.causes", "a list, which may be empty");
            foreach (var cause in fallback.Causes)
            {
                if (!Enum.IsDefined(cause)) return Refusal.Of(ReasonCode.OutOfRange, "fallbacks.causes", string.Join(", ", Enum.GetNames<FailureCause>()), $"{cause}");
            }
        }
        return null;
    }

    private static Refusal? CheckList(string field, ImmutableArray<string> values)
    {
        if (values.IsDefault) return Missing(field, "a list, which may be empty");
        if (values.Length > MarketLimits.ListEntries) return TooMany(field, values.Length);
        foreach (var value in values)
        {
            if (Ids.Check(field, value) is { } refusal) return refusal;
        }
        return null;
    }

    private static Refusal Missing(string field, string what) => Refusal.Of(ReasonCode.FieldMissing, field, what);

    private static Refusal TooMany(string field, int count) =>
        Refusal.Of(ReasonCode.FieldTooLarge, field, $"at most {MarketLimits.ListEntries} entries", $"{count}");

    private static Refusal TooLarge(string field, int limit, int size) =>
        Refusal.Of(ReasonCode.FieldTooLarge, field, $"at most {limit} bytes", $"{size} bytes");
}
