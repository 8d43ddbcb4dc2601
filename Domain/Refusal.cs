namespace ProvingMarket.Domain;

/// <summary>A typed no: what was wrong, where, what the limit is and what was given. Refusals are values, not exceptions.</summary>
[GenerateSerializer, Immutable, Alias("pm.Refusal")]
public sealed record Refusal
{
    /// <summary>The reason.</summary>
    [Id(0)] public required ReasonCode Code { get; init; }

    /// <summary>The field, parameter or thing refused, for example <c>hardDeadline</c>.</summary>
    [Id(1)] public required string Field { get; init; }

    /// <summary>What would have been allowed, in words with units.</summary>
    [Id(2)] public string Limit { get; init; } = "";

    /// <summary>What was given.</summary>
    [Id(3)] public string Value { get; init; } = "";

    /// <summary>Makes a refusal; a long value is cut to 200 characters.</summary>
    public static Refusal Of(ReasonCode code, string field, string limit = "", string value = "") =>
        new() { Code = code, Field = field, Limit = limit, Value = value.Length <= 200 ? value : value[..200] + "…" };

    /// <summary>One line for people: code, field, limit and value.</summary>
    public override string ToString() =>
        $"{Code}: {Field}" + (Limit.Length > 0 ? $" must be {Limit}" : "") + (Value.Length > 0 ? $", was {Value}" : "");
}
