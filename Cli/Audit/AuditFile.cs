using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ProvingMarket.Domain.Requests.Audits;

namespace ProvingMarket.Cli.Audit;

/// <summary>A file with all that a request's outcome is computed again from: one JSON object. Money in it is in micro-credits, hashes and public inputs are
/// base64.</summary>
internal static class AuditFile
{
    private const string Format = "proving-market audit";
    private const int Version = 1;

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false) },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The file's content.</summary>
    public static byte[] Write(RequestEvidence evidence) =>
        JsonSerializer.SerializeToUtf8Bytes(new Document { Format = Format, Version = Version, Request = evidence }, Json);

    /// <summary>What a file says, or why it cannot be used.</summary>
    public static (RequestEvidence? Evidence, string? Problem) Read(ReadOnlySpan<byte> content)
    {
        try
        {
            RefuseNullElements(content);
            // First what it is: of a file of another kind nobody wants to know which of its fields an audit does not have.
            var reader = new Utf8JsonReader(content);
            var root = JsonElement.ParseValue(ref reader);
            return Field(root, "format") == $"\"{Format}\"" && Field(root, "version") == $"{Version}"
                ? (JsonSerializer.Deserialize<Document>(content, Json)!.Request, null)
                : (null, $"it must be a {Format} file of version {Version}, as --out writes it, was {Field(root, "format") ?? "another file"} {Field(root, "version")}".TrimEnd());
        }
        catch (JsonException exception)
        {
            return (null, exception.Message);
        }
    }

    private static string? Field(JsonElement root, string name) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out var field) && field.ValueKind is (JsonValueKind.String or JsonValueKind.Number) ? field.GetRawText() : null;

    /// <summary>A null in an array passes for an element of any type.</summary>
    private static void RefuseNullElements(ReadOnlySpan<byte> content)
    {
        var reader = new Utf8JsonReader(content);
        for (var before = JsonTokenType.None; reader.Read(); before = reader.TokenType)
        {
            if (reader.TokenType == JsonTokenType.Null && before != JsonTokenType.PropertyName)
                throw new JsonException($"At byte {reader.TokenStartIndex} is null, where an array must have its next element.");
        }
    }

    private sealed record Document
    {
        public required string Format { get; init; }

        public required int Version { get; init; }

        public required RequestEvidence Request { get; init; }
    }
}
