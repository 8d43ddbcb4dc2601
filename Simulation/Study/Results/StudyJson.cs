using System.Text.Json;
using System.Text.Json.Serialization;

namespace ProvingMarket.Simulation.Study.Results;

/// <summary>Reports as JSON.</summary>
internal static class StudyJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Writes a report.</summary>
    public static string Of<T>(T report) => JsonSerializer.Serialize(report, Options);
}
