using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json.Serialization.Metadata;
using System.Text.Json.Serialization;
using System.Text.Json;
using Orleans.Serialization;

namespace ProvingMarket.Serialization;

/// <summary>
/// Writes and reads the values of messages and records as JSON, shaped by the Orleans attributes. Members that the reader does not know
/// are skipped, members that the writer did not know take their default, so both sides may be of different versions.
/// </summary>
public sealed class JsonCodec
{
    private static readonly JsonWriterOptions s_writerOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static Utf8JsonWriter? t_writer;

    [ThreadStatic]
    private static PooledBuffer? t_text;

    private readonly JsonSerializerOptions _reading;
    private readonly JsonSerializerOptions _writing;
    private readonly JsonReaderOptions _readerOptions;

    /// <summary>Initializes a codec.</summary>
    /// <param name="form">The form it writes and reads.</param>
    /// <param name="limits">Its limits; the defaults when null.</param>
    /// <param name="references">Creates references that are read; without it values that contain references are refused.</param>
    public JsonCodec(SerializedForm form, JsonCodecOptions? limits = null, IReferenceResolver? references = null)
    {
        Limits = limits ?? JsonCodecOptions.Default;
        _readerOptions = new JsonReaderOptions { MaxDepth = Limits.MaxDepth };
        _reading = CreateOptions(form, references);
        _reading.MakeReadOnly();
        _writing = CreateOptions(form, references);
        _writing.Converters.Add(new ObjectConverterFactory(_reading));
        _writing.MakeReadOnly();
    }

    /// <summary>Gets the limits.</summary>
    public JsonCodecOptions Limits { get; }

    /// <summary>Makes the codec of a storage's records.</summary>
    /// <param name="names">Whether members are named as in the source, instead of by their numbers.</param>
    /// <param name="references">Creates references that are read.</param>
    /// <returns>The codec; it reads records of either kind.</returns>
    public static JsonCodec ForRecords(bool names, IReferenceResolver references) => new(names ? SerializedForm.Storage : SerializedForm.Compact, references: references);

    /// <summary>Writes a value.</summary>
    /// <typeparam name="T">Its declared type.</typeparam>
    /// <param name="output">Receives the JSON text.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="SerializerException">The type cannot be written, or the value is beyond a limit.</exception>
    public void Serialize<T>(IBufferWriter<byte> output, T? value)
    {
        var writer = BeginWrite(output);
        Write(writer, value);
    }

    /// <summary>Writes a value into memory that has just the room for it: many wait for the disk at the same time, and most are small.</summary>
    /// <typeparam name="T">Its declared type.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="limit">How long it may be, in bytes.</param>
    /// <param name="limitName">The setting that the limit comes from.</param>
    /// <returns>The JSON text, to be disposed.</returns>
    /// <exception cref="SerializerException">The type cannot be written, or the value is beyond a limit.</exception>
    public PooledBuffer Serialize<T>(T? value, int limit, string limitName)
    {
        var text = t_text ??= new PooledBuffer(limit, limitName);
        (text.Limit, text.LimitName) = (limit, limitName);
        try
        {
            Serialize(text, value);
            return PooledBuffer.CopyOf(text.Written);
        }
        finally
        {
            text.Clear();
        }
    }

    /// <summary>Writes a value whose type is not known when this is compiled: slower, for what is rare.</summary>
    /// <param name="output">Receives the JSON text.</param>
    /// <param name="value">The value.</param>
    /// <param name="type">Its declared type.</param>
    /// <exception cref="SerializerException">The type cannot be written.</exception>
    internal void Serialize(IBufferWriter<byte> output, object? value, Type type)
    {
        try
        {
            JsonSerializer.Serialize(BeginWrite(output), value, _writing.GetTypeInfo(type));
        }
        catch (Exception error) when (error is not SerializerException)
        {
            throw Unsupported(type, error);
        }
    }

    /// <summary>Reads a value whose type is not known when this is compiled: slower, for what is rare.</summary>
    /// <param name="json">The whole JSON text.</param>
    /// <param name="type">Its declared type.</param>
    /// <returns>The value.</returns>
    /// <exception cref="SerializerException">The text is not such a value.</exception>
    internal object? Deserialize(ReadOnlySpan<byte> json, Type type)
    {
        try
        {
            return JsonSerializer.Deserialize(json, _reading.GetTypeInfo(type));
        }
        catch (JsonException error)
        {
            throw Malformed(type.ToString(), json, error);
        }
        catch (Exception error) when (error is not SerializerException)
        {
            throw Unsupported(type, error);
        }
    }

    /// <summary>Gets this thread's writer. It must not be kept, and is in use until the last <see cref="Write"/>.</summary>
    /// <param name="output">Receives the JSON text.</param>
    /// <returns>The writer.</returns>
    internal static Utf8JsonWriter BeginWrite(IBufferWriter<byte> output)
    {
        if (t_writer is not { } writer) return t_writer = new Utf8JsonWriter(output, s_writerOptions);
        writer.Reset(output);
        return writer;
    }

    /// <summary>Writes a value as part of a larger text.</summary>
    /// <typeparam name="T">Its declared type.</typeparam>
    /// <param name="writer">Receives the value, and is flushed.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="SerializerException">The type cannot be written, or the value is beyond a limit.</exception>
    internal void Write<T>(Utf8JsonWriter writer, T? value)
    {
        try
        {
            JsonSerializer.Serialize(writer, value!, ContractOf<T>(_writing));
        }
        catch (JsonException error)
        {
            throw new SerializerLimitException($"{typeof(T)} is nested more deeply than {nameof(Limits.MaxDepth)} = {Limits.MaxDepth} allows, or contains itself.", error);
        }
        catch (Exception error) when (error is not SerializerException)
        {
            throw Unsupported(typeof(T), error);
        }
    }

    /// <summary>Reads a value.</summary>
    /// <typeparam name="T">Its declared type.</typeparam>
    /// <param name="json">The whole JSON text.</param>
    /// <returns>The value.</returns>
    /// <exception cref="SerializerException">The text is not such a value, or is beyond a limit.</exception>
    public T? Deserialize<T>(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, ContractOf<T>(_reading));
        }
        catch (JsonException error)
        {
            throw Malformed(typeof(T).ToString(), json, error);
        }
        catch (Exception error) when (error is not SerializerException)
        {
            throw Refused(typeof(T), error);
        }
    }

    /// <summary>Says whether values of a type may contain references to grains or observers.</summary>
    /// <param name="type">The type.</param>
    /// <returns>False only when none of them can.</returns>
    internal bool MayRefer(Type type) => new ReferenceSearch(_reading).MayRefer(type);

    /// <summary>Starts to read a larger text of several values.</summary>
    /// <param name="json">The JSON text.</param>
    /// <returns>The reader.</returns>
    internal Utf8JsonReader BeginRead(ReadOnlySpan<byte> json) => new(json, _readerOptions);

    /// <summary>Reads a value as part of a larger text.</summary>
    /// <typeparam name="T">Its declared type.</typeparam>
    /// <param name="reader">Is at the value's first token, and afterwards at its last.</param>
    /// <returns>The value.</returns>
    /// <exception cref="JsonException">The text is malformed: see <see cref="Malformed"/>.</exception>
    /// <exception cref="SerializerException">The text cannot be such a value.</exception>
    internal T? Read<T>(ref Utf8JsonReader reader)
    {
        try
        {
            return JsonSerializer.Deserialize(ref reader, ContractOf<T>(_reading));
        }
        catch (Exception error) when (error is not (JsonException or SerializerException))
        {
            throw Refused(typeof(T), error);
        }
    }

    /// <summary>Says what is wrong with a text that could not be read.</summary>
    /// <param name="what">What should have been read.</param>
    /// <param name="json">The text.</param>
    /// <param name="error">How reading failed.</param>
    /// <returns>The exception to throw.</returns>
    internal SerializerException Malformed(string what, ReadOnlySpan<byte> json, JsonException error) => IsTooDeep(json)
        ? new SerializerLimitException($"{what} is nested more deeply than {nameof(Limits.MaxDepth)} = {Limits.MaxDepth} allows.", error)
        : new SerializerException($"{what} could not be read: {error.Message}", error);

    private static JsonTypeInfo<T> ContractOf<T>(JsonSerializerOptions options) => (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));

    private JsonSerializerOptions CreateOptions(SerializedForm form, IReferenceResolver? references)
    {
        var options = new JsonSerializerOptions
        {
            Encoder = s_writerOptions.Encoder,
            IncludeFields = true,
            MaxDepth = Limits.MaxDepth,
            TypeInfoResolver = SerializedContracts.CreateResolver(form),
        };
        foreach (var converter in ScalarConverters.All) options.Converters.Add(converter);
        if (form != SerializedForm.Wire)
        {
            options.Converters.Add(new JsonStringEnumConverter());
            options.Converters.Add(new TimeConverter(asTicks: form == SerializedForm.Compact));
        }

        if (references is not null) options.Converters.Add(new ReferenceConverterFactory(references));
        options.Converters.Add(new ImmutableArrayConverterFactory());
        options.Converters.Add(new OrdinalConverterFactory());
        options.Converters.Add(new KeyedMapConverterFactory());
        options.Converters.Add(new PolymorphicConverterFactory());
        return options;
    }

    private bool IsTooDeep(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = int.MaxValue });
            while (reader.Read())
            {
                if (reader.CurrentDepth > Limits.MaxDepth) return true;
            }
        }
        catch (JsonException)
        {
            // Malformed before it got too deep.
        }

        return false;
    }

    private static SerializerException Refused(Type type, Exception error) => error is NotSupportedException or InvalidOperationException
        ? Unsupported(type, error)
        : new SerializerException($"{type} refused what was read: {error.Message}", error);

    private static CodecNotFoundException Unsupported(Type type, Exception error) => new($"{type} cannot be serialized: {error.Message}");
}
