using System.Collections.Immutable;
using System.Text.Json;
using ProvingMarket.Domain;

namespace ProvingMarket.Client.Json;

/// <summary>Reads an object of a JSON file field by field. The first thing wrong is kept as a refusal with the field's path; what is read
/// after it means nothing. Fields that nobody asked for, duplicates, comments and wrong types are refused.</summary>
internal sealed class StrictJson
{
    private readonly JsonElement _object;
    private readonly string _path;
    private readonly FirstRefusal _first;
    private readonly HashSet<string> _known = [];

    private StrictJson(JsonElement element, string path, FirstRefusal first) => (_object, _path, _first) = (element, path, first);

    /// <summary>The first thing wrong in the whole document.</summary>
    public Refusal? Refusal => _first.Refusal;

    /// <summary>The document's root object, or why it is none; <paramref name="what"/> names the document in the refusal.</summary>
    public static (StrictJson? Root, Refusal? Refusal) Parse(Bytes json, string what)
    {
        try
        {
            if (FirstBrokenText(json.Span) is { } broken) return (null, Domain.Refusal.Of(ReasonCode.FieldMalformed, what, "JSON with texts of whole Unicode characters", broken));
            using var document = JsonDocument.Parse(json.Memory, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? (new StrictJson(document.RootElement.Clone(), "", new FirstRefusal()), null)
                : (null, Domain.Refusal.Of(ReasonCode.FieldMalformed, what, "a JSON object", Describe(document.RootElement)));
        }
        catch (JsonException exception)
        {
            return (null, Domain.Refusal.Of(ReasonCode.FieldMalformed, what, "valid JSON without duplicate fields", exception.Message));
        }
    }

    /// <summary>A text; empty after a refusal.</summary>
    public string Text(string name) => OptionalText(name) ?? Missing(name, "a text", "");

    /// <summary>A text; null when the field is absent.</summary>
    public string? OptionalText(string name)
    {
        if (!TryGet(name, out var value)) return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString()! : Wrong(name, "a text", value, "");
    }

    /// <summary>A decimal number as it is written, as a number or as a text.</summary>
    public string Number(string name) => OptionalNumber(name) ?? Missing(name, "a number", "");

    /// <summary>A decimal number as it is written; null when the field is absent.</summary>
    public string? OptionalNumber(string name)
    {
        if (!TryGet(name, out var value)) return null;
        return value.ValueKind switch
        {
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.String => value.GetString()!,
            _ => Wrong(name, "a number", value, ""),
        };
    }

    /// <summary>A whole number.</summary>
    public long Integer(string name) => OptionalInteger(name) ?? Missing(name, "a whole number", 0L);

    /// <summary>A whole number; null when the field is absent.</summary>
    public long? OptionalInteger(string name)
    {
        if (!TryGet(name, out var value)) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : Wrong(name, "a whole number", value, 0L);
    }

    /// <summary>An array of texts; null when the field is absent.</summary>
    public ImmutableArray<string>? OptionalTexts(string name)
    {
        if (!TryGet(name, out var value)) return null;
        if (value.ValueKind != JsonValueKind.Array) return Wrong(name, "an array of texts", value, ImmutableArray<string>.Empty);
        var texts = ImmutableArray.CreateBuilder<string>(value.GetArrayLength());
        foreach (var element in value.EnumerateArray())
        {
            if (element.ValueKind == JsonValueKind.String) texts.Add(element.GetString()!);
            else Wrong($"{name}[{texts.Count}]", "a text", element, "");
        }
        return texts.ToImmutable();
    }

    /// <summary>An object within; null when the field is absent.</summary>
    public StrictJson? OptionalObject(string name)
    {
        if (!TryGet(name, out var value)) return null;
        return value.ValueKind == JsonValueKind.Object ? new StrictJson(value, PathOf(name) + ".", _first) : Wrong<StrictJson?>(name, "an object", value, null);
    }

    /// <summary>An array of objects; empty after a refusal.</summary>
    public ImmutableArray<StrictJson> Objects(string name)
    {
        if (!TryGet(name, out var value)) return Missing(name, "an array of objects", ImmutableArray<StrictJson>.Empty);
        if (value.ValueKind != JsonValueKind.Array) return Wrong(name, "an array of objects", value, ImmutableArray<StrictJson>.Empty);
        var objects = ImmutableArray.CreateBuilder<StrictJson>(value.GetArrayLength());
        foreach (var element in value.EnumerateArray())
        {
            if (element.ValueKind == JsonValueKind.Object) objects.Add(new StrictJson(element, $"{PathOf(name)}[{objects.Count}].", _first));
            else Wrong($"{name}[{objects.Count}]", "an object", element, "");
        }
        return objects.ToImmutable();
    }

    /// <summary>An array of objects; none when the field is absent.</summary>
    public ImmutableArray<StrictJson> OptionalObjects(string name) => TryGet(name, out _) ? Objects(name) : [];

    /// <summary>Every field of the object as a text, for tables whose names are judged elsewhere.</summary>
    public ImmutableSortedDictionary<string, string> Table()
    {
        var table = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var field in _object.EnumerateObject()) table[field.Name] = Number(field.Name);
        return table.ToImmutable();
    }

    /// <summary>Appends a whole decimal number, or the numbers of an array however deep, in order.</summary>
    public void AddNumbers(string name, ImmutableArray<string>.Builder numbers)
    {
        if (TryGet(name, out var value)) AddNumbers(name, value, numbers);
        else Missing(name, "a number or an array of numbers", "");
    }

    /// <summary>Refuses fields that nobody asked for.</summary>
    public void RefuseUnknown()
    {
        foreach (var field in _object.EnumerateObject())
        {
            if (!_known.Contains(field.Name))
                _first.Note(Domain.Refusal.Of(ReasonCode.FieldMalformed, PathOf(field.Name), "one of the fields " + string.Join(", ", _known.Order()), "an unknown field"));
        }
    }

    /// <summary>Notes that a field's value is not what it has to be.</summary>
    public void Refuse(ReasonCode code, string name, string limit, string value) => _first.Note(Domain.Refusal.Of(code, PathOf(name), limit, value));

    /// <summary>Decodes every name and text: an escape may name half a character, which a document tells only when it is asked for the text.</summary>
    private static string? FirstBrokenText(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName) _ = reader.GetString();
            }
            return null;
        }
        catch (InvalidOperationException exception)
        {
            return $"at byte {reader.TokenStartIndex}: {exception.Message}";
        }
    }

    private void AddNumbers(string name, JsonElement value, ImmutableArray<string>.Builder numbers)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var element in value.EnumerateArray()) AddNumbers(name, element, numbers);
            return;
        }
        var text = value.ValueKind switch { JsonValueKind.String => value.GetString()!, JsonValueKind.Number => value.GetRawText(), _ => "" };
        if (text.Length > 0 && text.All(char.IsAsciiDigit)) numbers.Add(text);
        else Wrong(name, "a whole decimal number or an array of them", value, "");
    }

    private string PathOf(string name) => _path + name;

    private bool TryGet(string name, out JsonElement value)
    {
        _known.Add(name);
        return _object.TryGetProperty(name, out value);
    }

    private T Missing<T>(string name, string expected, T instead)
    {
        _first.Note(Domain.Refusal.Of(ReasonCode.FieldMissing, PathOf(name), expected));
        return instead;
    }

    private T Wrong<T>(string name, string expected, JsonElement value, T instead)
    {
        Refuse(ReasonCode.FieldMalformed, name, expected, Describe(value));
        return instead;
    }

    private static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        _ => value.GetRawText(),
    };

    private sealed class FirstRefusal
    {
        public Refusal? Refusal { get; private set; }

        public void Note(Refusal refusal) => Refusal ??= refusal;
    }
}
