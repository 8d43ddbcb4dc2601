using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ProvingMarket.Storage.Records.Archives;

/// <summary>
/// The lines of an archive. The first names the format, its version and how many records of each kind follow; then one line for each record; the last
/// has the number of records and the SHA-256 over all bytes before it. Contents are the stored JSON as it is, byte by byte; only line breaks, which JSON has nowhere but between its
/// tokens, become spaces, and white space around it goes.
/// </summary>
internal static class ArchiveFormat
{
    /// <summary>What the first line says.</summary>
    internal const string Name = "proving-market-state";

    /// <summary>The version this program writes, and the newest it reads.</summary>
    internal const int Version = 1;

    // Whoever stores bytes that are no UTF-8 as a key gets them back all the same.
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // Records nest as deeply as the storage's codec allows (64), or more if somebody else wrote them; in a line they are one level deeper.
    private const int MaxDepth = 128;

    private static readonly JsonDocumentOptions s_lineOptions = new() { MaxDepth = MaxDepth };

    private static readonly JsonReaderOptions s_recordOptions = new() { MaxDepth = MaxDepth - 1 };

    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the first line.</summary>
    internal static byte[] Header(IReadOnlyDictionary<RecordKind, long> kinds) => Line(writer =>
    {
        writer.WriteString("format", Name);
        writer.WriteNumber("version", Version);
        writer.WriteNumber("records", kinds.Values.Sum());
        writer.WriteStartArray("kinds");
        foreach (var (kind, count) in Ordered(kinds))
        {
            writer.WriteStartObject();
            WriteKind(writer, kind);
            writer.WriteNumber("records", count);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    /// <summary>Writes a record's line.</summary>
    /// <exception cref="JsonException">Its content is not JSON, or nested more deeply than is read again.</exception>
    internal static byte[] Record(ArchivedRecord record) => Line(writer =>
    {
        WriteKind(writer, record.Kind);
        if (IsText(record.Key.Span)) writer.WriteString("key", record.Key.Span);
        else writer.WriteBase64String("keyBytes", record.Key.Span);
        writer.WritePropertyName("data");
        writer.WriteRawValue(InOneLine(record.Data.Span), skipInputValidation: true);
    });

    /// <summary>Writes the last line.</summary>
    internal static byte[] Footer(long records, string sha256) => Line(writer =>
    {
        writer.WriteNumber("records", records);
        writer.WriteString("sha256", sha256);
    });

    /// <summary>Reads the first line.</summary>
    internal static Dictionary<RecordKind, long> ReadHeader(ReadOnlyMemory<byte> line) => Parse(line, 1, header =>
    {
        if (!header.TryGetProperty("format", out var format) || format.GetString() != Name) throw new StateArchiveException($"Line 1 is not the header of a {Name} archive.");
        if (header.GetProperty("version").GetInt32() is var version && version != Version)
            throw new StateArchiveException($"The archive has version {version}; this program knows version {Version}. Use the program that wrote it, or a newer one.");
        return header.GetProperty("kinds").EnumerateArray().ToDictionary(ReadKind, kind => kind.GetProperty("records").GetInt64());
    });

    /// <summary>Reads a record's line, or the last line.</summary>
    internal static (ArchivedRecord? Record, long Records, string? Sha256) Read(ReadOnlyMemory<byte> line, long number) =>
        Parse<(ArchivedRecord?, long, string?)>(line, number, value => value.TryGetProperty("sha256", out var hash)
            ? (null, value.GetProperty("records").GetInt64(), hash.GetString())
            : (new ArchivedRecord(ReadKind(value), ReadKey(value), Encoding.UTF8.GetBytes(value.GetProperty("data").GetRawText())), 0, null));

    private static T Parse<T>(ReadOnlyMemory<byte> line, long number, Func<JsonElement, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(line, s_lineOptions);
            return read(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            throw new StateArchiveException($"Line {number} of the archive cannot be read: {error.Message}", error);
        }
    }

    // Checked here: the writer's own check knows no other depth than 64.
    private static ReadOnlySpan<byte> InOneLine(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, s_recordOptions);
        while (reader.Read())
        {
            // Only whether it is JSON.
        }

        json = json.Trim(" \t\r\n"u8);
        if (json.IndexOfAny((byte)'\n', (byte)'\r') < 0) return json;
        var line = json.ToArray();
        line.AsSpan().Replace((byte)'\n', (byte)' ');
        line.AsSpan().Replace((byte)'\r', (byte)' ');
        return line;
    }

    private static byte[] Line(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, s_options))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    private static IEnumerable<KeyValuePair<RecordKind, long>> Ordered(IReadOnlyDictionary<RecordKind, long> kinds) =>
        kinds.OrderBy(pair => pair.Key.Storage, StringComparer.Ordinal).ThenBy(pair => pair.Key.State, StringComparer.Ordinal).ThenBy(pair => pair.Key.GrainType.ToString(), StringComparer.Ordinal);

    private static void WriteKind(Utf8JsonWriter writer, RecordKind kind)
    {
        writer.WriteString("storage", kind.Storage);
        writer.WriteString("state", kind.State);
        writer.WriteString("grainType", kind.GrainType.ToString());
    }

    private static RecordKind ReadKind(JsonElement value) =>
        new(value.GetProperty("storage").GetString()!, value.GetProperty("state").GetString()!, new GrainType(IdSpan.Create(value.GetProperty("grainType").GetString()!)));

    private static byte[] ReadKey(JsonElement value) =>
        value.TryGetProperty("keyBytes", out var bytes) ? bytes.GetBytesFromBase64() : Encoding.UTF8.GetBytes(value.GetProperty("key").GetString()!);

    private static bool IsText(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _ = s_strict.GetCharCount(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
