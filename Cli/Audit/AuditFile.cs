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
            var document = JsonSerializer.Deserialize<Document>(content, Json);
            return document is { Format: Format, Version: Version }
                ? (document.Request, null)
                : (null, $"it must be a {Format} file of version {Version}, was {document?.Format} {document?.Version}");
        }
        catch (JsonException exception)
        {
            return (null, exception.Message);
        }
    }

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
