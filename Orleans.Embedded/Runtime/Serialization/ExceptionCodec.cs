using System.Buffers;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using Orleans.Runtime;
using ProvingMarket.Serialization;

namespace Orleans.Serialization;

/// <summary>An exception as it travels.</summary>
[GenerateSerializer, Immutable]
internal sealed record ExceptionPayload
{
    /// <summary>Gets the full name of its type.</summary>
    [Id(0)]
    public string? Type { get; init; }

    /// <summary>Gets its message.</summary>
    [Id(1)]
    public string? Message { get; init; }

    /// <summary>Gets where it was thrown; null unless the sender shows it.</summary>
    [Id(2)]
    public string? StackTrace { get; init; }

    /// <summary>Gets its cause.</summary>
    [Id(3)]
    public ExceptionPayload? Inner { get; init; }

    /// <summary>Gets the parameter it is about; null unless it is an <see cref="ArgumentException"/>.</summary>
    [Id(4)]
    public string? ParamName { get; init; }

    /// <summary>Gets the values of its members that have an [Id], as JSON, by their names on the wire.</summary>
    [Id(5)]
    public Dictionary<string, string>? Members { get; init; }
}

/// <summary>
/// Writes exceptions as type name, message and members with an [Id], and builds them again. Only exception types that are loaded already and
/// can be made from a message are built; any other becomes an <see cref="OrleansException"/> that carries name and message.
/// </summary>
/// <param name="codec">Writes the payload.</param>
/// <param name="showStackTraces">Whether stack traces travel with exceptions.</param>
internal sealed class ExceptionCodec(JsonCodec codec, bool showStackTraces)
{
    private const int MaxCauses = 8;

    /// <summary>Writes an exception.</summary>
    /// <param name="output">Receives it.</param>
    /// <param name="error">The exception.</param>
    internal void Write(IBufferWriter<byte> output, Exception error) => codec.Serialize(output, Describe(error, MaxCauses));

    /// <summary>Reads an exception.</summary>
    /// <param name="reader">Is at its first token, and afterwards at its last.</param>
    /// <returns>The exception, ready to be thrown.</returns>
    internal Exception Read(ref Utf8JsonReader reader) =>
        codec.Read<ExceptionPayload>(ref reader) is { } payload ? Build(payload, MaxCauses) : throw new JsonException("An exception is missing.");

    private ExceptionPayload Describe(Exception error, int causes)
    {
        var paramName = (error as ArgumentException)?.ParamName;
        return new ExceptionPayload
        {
            Type = error.GetType().FullName,
            Message = paramName is null ? error.Message : WithoutParameter(error.Message, paramName),
            StackTrace = showStackTraces ? error.StackTrace : null,
            Inner = error.InnerException is { } inner && causes > 0 ? Describe(inner, causes - 1) : null,
            ParamName = paramName,
            Members = ExceptionMembers.Read(error, codec),
        };
    }

    // ArgumentException adds the parameter to the message by itself.
    private static string WithoutParameter(string message, string paramName) => message.Replace($" (Parameter '{paramName}')", "", StringComparison.Ordinal);

    private Exception Build(ExceptionPayload payload, int causes)
    {
        var inner = payload.Inner is { } cause && causes > 0 ? Build(cause, causes - 1) : null;
        var error = ExceptionTypes.TryCreate(payload, inner);
        if (error is null) error = new OrleansException($"{payload.Type}: {payload.Message}", inner!);
        else if (payload.Members is { } members) ExceptionMembers.Write(error, members, codec);
        if (payload.StackTrace is { Length: > 0 } stackTrace) ExceptionDispatchInfo.SetRemoteStackTrace(error, stackTrace);
        return error;
    }
}
