using System.Collections.Immutable;
using System.Text.Json;
using ProvingMarket.Client.Json;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Qos;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Client.Requests;

/// <summary>The JSON of request files.</summary>
internal static class RequestFileReader
{
    private static readonly ImmutableSortedDictionary<string, FailureCause> Causes = Enum.GetValues<FailureCause>()
        .ToImmutableSortedDictionary(cause => JsonNamingPolicy.CamelCase.ConvertName(cause.ToString()), cause => cause, StringComparer.Ordinal);

    /// <summary>Reads the fields; <paramref name="readInput"/> gives the content of the input file.</summary>
    public static (RequestFile? File, Refusal? Refusal) Read(Bytes json, string name, Func<string, (Bytes Content, Refusal? Refusal)> readInput)
    {
        var (root, malformed) = StrictJson.Parse(json, name);
        if (root is null) return (null, malformed);

        var batch = root.OptionalObjects("statements").Select(ReadStatement).ToArray();
        var inputPath = batch.Length == 0 ? root.Text("input") : root.OptionalText("input");
        var publicInputs = root.OptionalTexts("publicInputs");
        if (batch.Length > 0 && inputPath is not null) root.Refuse(ReasonCode.FieldMalformed, "input", "left out beside statements", inputPath);
        if (batch.Length > 0 && publicInputs is not null) root.Refuse(ReasonCode.FieldMalformed, "publicInputs", "left out beside statements", "an array");
        var file = new RequestFile
        {
            RequestId = root.OptionalText("requestId"),
            Account = root.OptionalText("account"),
            Program = root.Text("program"),
            PublicInputs = publicInputs,
            MaxPrice = ReadCredits(root, "maxPrice", root.Number("maxPrice")),
            SoftDeadline = ReadDeadline(root, "softDeadline"),
            HardDeadline = ReadDeadline(root, "hardDeadline"),
            Weights = ReadWeights(root.OptionalObject("weights")),
            HalfLife = ReadHalfLife(root),
            Constraints = ReadConstraints(root.OptionalObject("constraints")),
            Mechanism = ReadMechanism(root.OptionalObject("mechanism")),
            Fallbacks = [.. root.OptionalObjects("fallbacks").Select(ReadFallback)],
        };
        root.RefuseUnknown();
        if (root.Refusal is { } refusal) return (null, refusal);

        if (batch.Length == 0)
        {
            var (input, unreadable) = readInput(inputPath!);
            return unreadable is null ? (file with { Input = input }, null) : (null, unreadable with { Field = $"input ({unreadable.Field})" });
        }
        var statements = ImmutableArray.CreateBuilder<RequestFileStatement>(batch.Length);
        foreach (var (path, stated) in batch)
        {
            var (input, unreadable) = readInput(path);
            if (unreadable is not null) return (null, unreadable with { Field = $"statements[{statements.Count}].input ({unreadable.Field})" });
            statements.Add(new RequestFileStatement { Input = input, PublicInputs = stated });
        }
        return (file with { Statements = statements.MoveToImmutable() }, null);
    }

    private static (string Path, ImmutableArray<string>? PublicInputs) ReadStatement(StrictJson statement)
    {
        var read = (statement.Text("input"), statement.OptionalTexts("publicInputs"));
        statement.RefuseUnknown();
        return read;
    }

    /// <summary>The public inputs that an input file states under the names the circuit gives them, arrays spread out in order.</summary>
    public static (ImmutableArray<string> Values, Refusal? Refusal) PublicInputsOf(Circuit? circuit, Bytes input)
    {
        if (circuit is null)
            return ([], Refusal.Of(ReasonCode.FieldMissing, "publicInputs", "stated, because the program is not a circuit known here"));
        var (root, refusal) = StrictJson.Parse(input, "input");
        if (root is null) return ([], refusal);

        var values = ImmutableArray.CreateBuilder<string>();
        foreach (var name in circuit.PublicInputs) root.AddNumbers(name, values);
        return root.Refusal is { } wrong ? ([], wrong with { Field = $"input.{wrong.Field}" }) : (values.ToImmutable(), null);
    }

    private static QosWeights ReadWeights(StrictJson? weights)
    {
        var standard = new QosWeights();
        if (weights is null) return standard;
        var read = new QosWeights
        {
            Speed = Weight("speed") ?? standard.Speed,
            Cost = Weight("cost") ?? standard.Cost,
            Safety = Weight("safety") ?? standard.Safety,
            CensorshipResistance = Weight("censorshipResistance") ?? standard.CensorshipResistance,
        };
        weights.RefuseUnknown();
        return read;

        int? Weight(string name) => Bounded(weights, name, 0, QosWeights.Highest);
    }

    private static RequestConstraints ReadConstraints(StrictJson? constraints)
    {
        var standard = new RequestConstraints();
        if (constraints is null) return standard;
        var read = new RequestConstraints
        {
            MinRedundancy = Bounded(constraints, "minRedundancy", 1, RequestRules.HighestRedundancy) ?? standard.MinRedundancy,
            Hardware = constraints.OptionalTexts("hardware") ?? [],
            AllowedProvers = constraints.OptionalTexts("allowedProvers") ?? [],
            DeniedProvers = constraints.OptionalTexts("deniedProvers") ?? [],
            MinStake = constraints.OptionalNumber("minStake") is { } stake ? ReadCredits(constraints, "minStake", stake) : standard.MinStake,
        };
        constraints.RefuseUnknown();
        return read;
    }

    private static MechanismChoice? ReadMechanism(StrictJson? mechanism)
    {
        if (mechanism is null) return null;
        var read = new MechanismChoice
        {
            Name = mechanism.Text("name"),
            Parameters = mechanism.OptionalObject("parameters")?.Table() ?? MechanismChoice.NoParameters,
        };
        mechanism.RefuseUnknown();
        return read;
    }

    private static RequestFallback ReadFallback(StrictJson fallback)
    {
        var mechanism = ReadMechanism(fallback.OptionalObject("mechanism"));
        if (mechanism is null) fallback.Refuse(ReasonCode.FieldMissing, "mechanism", "an object", "");
        var causes = ImmutableArray.CreateBuilder<FailureCause>();
        foreach (var text in fallback.OptionalTexts("on") ?? [])
        {
            if (Causes.TryGetValue(text, out var cause)) causes.Add(cause);
            else fallback.Refuse(ReasonCode.FieldMalformed, $"on[{causes.Count}]", $"one of {string.Join(", ", Causes.Keys)}", text);
        }
        fallback.RefuseUnknown();
        return new RequestFallback { Mechanism = mechanism ?? new MechanismChoice { Name = "" }, Causes = causes.ToImmutable() };
    }

    private static Credits ReadCredits(StrictJson json, string field, string text)
    {
        if (!Credits.TryParse(text, out var credits) && json.Refusal is null)
            json.Refuse(ReasonCode.FieldMalformed, field, "a number of credits with at most 6 decimals", text);
        return credits;
    }

    private static TimeSpan? ReadHalfLife(StrictJson json)
    {
        if (json.OptionalText("halfLife") is not { } text) return null;
        if (Deadline.TryDuration(text, out var duration))
        {
            if (duration < RequestRules.ShortestHalfLife || duration > MarketLimits.DeadlineHorizon)
                json.Refuse(ReasonCode.OutOfRange, "halfLife", $"{Deadline.Text(RequestRules.ShortestHalfLife)} to {Deadline.Text(MarketLimits.DeadlineHorizon)}", text);
            return duration;
        }
        if (json.Refusal is null) json.Refuse(ReasonCode.FieldMalformed, "halfLife", "a duration such as 500ms, 20s, 1.5m, 2h or 1d", text);
        return null;
    }

    private static Deadline ReadDeadline(StrictJson json, string field)
    {
        var text = json.Text(field);
        if (!Deadline.TryParse(text, out var deadline) && json.Refusal is null)
            json.Refuse(ReasonCode.FieldMalformed, field, Deadline.Form, text);
        return deadline;
    }

    private static int? Bounded(StrictJson json, string field, int least, int most)
    {
        if (json.OptionalInteger(field) is not { } number) return null;
        if (number < least || number > most) json.Refuse(ReasonCode.OutOfRange, field, $"{least} to {most}", $"{number}");
        return (int)Math.Clamp(number, least, most);
    }
}
