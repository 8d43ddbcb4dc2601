using System.Numerics;
using System.Text.Json;

namespace ProvingMarket.Proofs.Snarkjs;

/// <summary>
/// Reads one JSON document strictly and token by token. A method that answers false has left a <see cref="Refusal"/>; nothing throws.
/// </summary>
internal ref partial struct SnarkjsReader
{
    private const int MaxDepth = 8;

    private readonly string _document;
    private Utf8JsonReader _json;
    private uint _seen;

    private SnarkjsReader(string document, ReadOnlySpan<byte> utf8)
    {
        _document = document;

        // The reader's own limit is out of the way: the one that counts is checked, and named, here.
        _json = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 4 * MaxDepth });
    }

    /// <summary>Why reading ended before its time; null as long as all is well.</summary>
    public ProofRefusal? Refusal { get; private set; }

    /// <summary>Opens a document and reads its first token; check <see cref="Refusal"/>.</summary>
    /// <param name="document">What the document is called where no field can be named.</param>
    /// <param name="utf8">The document.</param>
    /// <param name="maxBytes">The most bytes it may have.</param>
    /// <param name="root">What it must be.</param>
    public static SnarkjsReader Open(string document, ReadOnlySpan<byte> utf8, int maxBytes, JsonTokenType root)
    {
        SnarkjsReader reader = new(document, utf8.Length > maxBytes ? default : utf8);
        if (utf8.Length > maxBytes)
        {
            reader.Refuse(new(
                ProofRefusalCode.DocumentTooLarge,
                document,
                $"{document} has {utf8.Length} bytes; the limit is {maxBytes}.",
                $"{maxBytes}",
                $"{utf8.Length}"));
        }
        else if (reader.Advance(new(document)))
        {
            reader.Expect(root, new(document));
        }

        return reader;
    }

    /// <summary>
    /// Goes to the value of the next known field of the document's object and gives the field's index. Other fields are skipped.
    /// False at the end, where every required field must have been seen and nothing may follow, and after a refusal.
    /// </summary>
    /// <param name="names">The known fields.</param>
    /// <param name="required">The required ones, as bits.</param>
    /// <param name="field">The index of the field.</param>
    public bool NextField(ReadOnlySpan<string> names, uint required, out int field)
    {
        field = -1;
        while (Advance(new(_document)))
        {
            if (_json.TokenType == JsonTokenType.EndObject)
            {
                if (Complete(names, required))
                    End();
                return false;
            }

            if (_json.ValueIsEscaped)
                return Refuse(ProofRefusalCode.EscapedName, _document, "must have plain field names", null);

            field = IndexOf(names);
            if (field >= 0)
            {
                if ((_seen & (1U << field)) != 0)
                    return Refuse(new(ProofRefusalCode.DuplicateField, names[field], $"{names[field]} stands in {_document} twice."));

                _seen |= 1U << field;
                return Advance(new(names[field]));
            }

            if (!SkipValue())
                return false;
        }

        return false;
    }

    /// <summary>Refuses what follows the root value.</summary>
    public void End()
    {
        try
        {
            // The reader itself refuses whatever follows the root value.
            _json.Read();
        }
        catch (JsonException exception)
        {
            RefuseMalformed(exception);
        }
    }

    /// <summary>Goes to the next element of the array at <paramref name="path"/>; false at its end or after a refusal.</summary>
    public bool NextElement(in FieldPath path) => Advance(path) && _json.TokenType != JsonTokenType.EndArray;

    /// <summary>Whether the current value is the start of an array.</summary>
    public bool ExpectArray(in FieldPath path) => Expect(JsonTokenType.StartArray, path);

    /// <summary>The text of the current value, which must be a string; it is not unescaped.</summary>
    public bool ReadText(in FieldPath path, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (!Expect(JsonTokenType.String, path))
            return false;

        text = _json.ValueSpan;
        return true;
    }

    /// <summary>The current value, which must be a whole number from 0 to <see cref="int.MaxValue"/>.</summary>
    public bool ReadCount(in FieldPath path, out int count)
    {
        count = 0;
        if (!Expect(JsonTokenType.Number, path))
            return false;

        return (_json.TryGetInt32(out count) && count >= 0)
            || Refuse(ProofRefusalCode.WrongType, path.ToString(), "must be a whole number from 0 on", null, _json.ValueSpan);
    }

    /// <summary>Keeps a refusal and answers false.</summary>
    public bool Refuse(ProofRefusal refusal)
    {
        Refusal ??= refusal;
        return false;
    }

    private bool Refuse(ProofRefusalCode code, string field, string rule, string? limit) =>
        Refuse(code, field, rule, limit, _json.ValueSpan);

    private bool Refuse(ProofRefusalCode code, string field, string rule, string? limit, ReadOnlySpan<byte> value) =>
        Refuse(ProofRefusal.Of(code, field, rule, limit, value));

    private bool RefuseMalformed(JsonException exception) => Refuse(new(
        ProofRefusalCode.MalformedJson,
        _document,
        $"{_document} is not JSON: line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}."));

    private readonly int IndexOf(ReadOnlySpan<string> names)
    {
        for (var i = 0; i < names.Length; i++)
        {
            if (_json.ValueTextEquals(names[i]))
                return i;
        }

        return -1;
    }

    private bool Complete(ReadOnlySpan<string> names, uint required)
    {
        var missing = required & ~_seen;
        if (missing == 0)
            return true;

        var name = names[BitOperations.TrailingZeroCount(missing)];
        return Refuse(new(ProofRefusalCode.MissingField, name, $"{name} is missing in {_document}."));
    }

    private bool SkipValue()
    {
        if (!Advance(new(_document)))
            return false;

        var depth = _json.CurrentDepth;
        while (_json.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject || _json.CurrentDepth > depth)
        {
            if (!Advance(new(_document)))
                return false;
        }

        return true;
    }

    private bool Expect(JsonTokenType type, in FieldPath path)
    {
        if (_json.TokenType == type)
            return true;

        var expected = type switch
        {
            JsonTokenType.StartArray => "an array",
            JsonTokenType.StartObject => "an object",
            JsonTokenType.Number => "a number",
            _ => "a string",
        };
        return Refuse(ProofRefusalCode.WrongType, path.ToString(), $"must be {expected}", expected);
    }

    private bool Advance(in FieldPath path)
    {
        if (Refusal is not null)
            return false;

        try
        {
            if (!_json.Read())
                return Refuse(new(ProofRefusalCode.MalformedJson, path.ToString(), $"{_document} ends too early."));
        }
        catch (JsonException exception)
        {
            return RefuseMalformed(exception);
        }

        // An opening bracket does not count itself.
        if (_json.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject && _json.CurrentDepth >= MaxDepth)
        {
            return Refuse(new(
                ProofRefusalCode.NestedTooDeep, path.ToString(), $"{path} is nested deeper than {MaxDepth} levels.", $"{MaxDepth}"));
        }

        return true;
    }
}
