using System.Runtime.ExceptionServices;
using System.Text.Json;
using Orleans.Runtime;

namespace Orleans.Serialization;

/// <summary>An exception as it travels.</summary>
/// <param name="Type">The full name of its type.</param>
/// <param name="Message">Its message.</param>
/// <param name="StackTrace">Where it was thrown; null unless the sender shows it.</param>
/// <param name="Inner">Its cause.</param>
[GenerateSerializer, Immutable]
internal sealed record ExceptionPayload(
    [property: Id(0)] string? Type, [property: Id(1)] string? Message, [property: Id(2)] string? StackTrace, [property: Id(3)] ExceptionPayload? Inner);

/// <summary>
/// Writes exceptions as type name and message and builds them again. Only exception types that are loaded already and can be made from a
/// message are built; any other becomes an <see cref="OrleansException"/> that carries name and message.
/// </summary>
/// <param name="codec">Writes the payload.</param>
/// <param name="showStackTraces">Whether stack traces travel with exceptions.</param>
internal sealed class ExceptionCodec(JsonCodec codec, bool showStackTraces)
{
    private const int MaxCauses = 8;

    /// <summary>Writes an exception.</summary>
    /// <param name="writer">Receives it.</param>
    /// <param name="error">The exception.</param>
    internal void Write(Utf8JsonWriter writer, Exception error) => codec.Write(writer, Describe(error, MaxCauses));

    /// <summary>Reads an exception.</summary>
    /// <param name="reader">Is at its first token, and afterwards at its last.</param>
    /// <returns>The exception, ready to be thrown.</returns>
    internal Exception Read(ref Utf8JsonReader reader) =>
        codec.Read<ExceptionPayload>(ref reader) is { } payload ? Build(payload, MaxCauses) : throw new JsonException("An exception is missing.");

    private ExceptionPayload Describe(Exception error, int causes) => new(
        error.GetType().FullName,
        error.Message,
        showStackTraces ? error.StackTrace : null,
        error.InnerException is { } inner && causes > 0 ? Describe(inner, causes - 1) : null);

    private static Exception Build(ExceptionPayload payload, int causes)
    {
        var inner = payload.Inner is { } cause && causes > 0 ? Build(cause, causes - 1) : null;
        var message = payload.Message ?? "";
        var error = ExceptionTypes.TryCreate(payload.Type ?? "", message, inner) ?? new OrleansException($"{payload.Type}: {message}", inner!);
        if (payload.StackTrace is { Length: > 0 } stackTrace) ExceptionDispatchInfo.SetRemoteStackTrace(error, stackTrace);
        return error;
    }
}
