using Orleans.Runtime.Calls;
using Orleans.Serialization;
using ProvingMarket.Serialization;

namespace Orleans.Runtime.Gateway;

/// <summary>The codecs of one host's connections.</summary>
internal sealed class CallCodecs
{
    /// <summary>Initializes the codecs.</summary>
    /// <param name="caller">Whom references that are received belong to.</param>
    /// <param name="maxFrameBytes">The largest frame.</param>
    /// <param name="showStackTraces">Whether exceptions show where they were thrown.</param>
    internal CallCodecs(GrainCaller caller, int maxFrameBytes, bool showStackTraces)
    {
        Values = new JsonCodec(SerializedForm.Wire, new JsonCodecOptions { MaxBytes = maxFrameBytes }, new CallerReferences(caller));
        Context = new ContextCodec(Values);
        Exceptions = new ExceptionCodec(Values, showStackTraces);
    }

    /// <summary>Gets the codec of arguments and results.</summary>
    internal JsonCodec Values { get; }

    /// <summary>Gets the codec of request contexts.</summary>
    internal ContextCodec Context { get; }

    /// <summary>Gets the codec of exceptions.</summary>
    internal ExceptionCodec Exceptions { get; }

    private sealed class CallerReferences(GrainCaller caller) : IReferenceResolver
    {
        public object CreateReference(GrainId grainId, Type interfaceType) => caller.CreateReference(grainId, interfaceType);
    }
}

/// <summary>Writes arguments, each with its length, or a result.</summary>
internal sealed class ValueWriter : GrainCallVisitor
{
    private JsonCodec _codec = null!;
    private PooledBuffer _buffer = null!;
    private bool _withLength;

    /// <summary>Writes the arguments of a call.</summary>
    /// <param name="codec">The codec.</param>
    /// <param name="buffer">Receives them.</param>
    /// <param name="call">The call.</param>
    internal void WriteArguments(JsonCodec codec, PooledBuffer buffer, GrainCall call)
    {
        (_codec, _buffer, _withLength) = (codec, buffer, true);
        call.VisitArguments(this);
    }

    /// <summary>Writes the result of a call.</summary>
    /// <param name="codec">The codec.</param>
    /// <param name="buffer">Receives it.</param>
    /// <param name="call">The call.</param>
    internal void WriteResult(JsonCodec codec, PooledBuffer buffer, GrainCall call)
    {
        (_codec, _buffer, _withLength) = (codec, buffer, false);
        call.VisitResult(this);
    }

    /// <inheritdoc/>
    public override void Visit<T>(int index, ref T? value)
        where T : default
    {
        var start = _withLength ? _buffer.BeginPart() : 0;
        _codec.Serialize(_buffer, value);
        if (_withLength) _buffer.EndPart(start);
    }
}

/// <summary>Reads arguments, or a result. Arguments that an older caller did not send keep their default.</summary>
/// <param name="codec">The codec.</param>
internal sealed class ValueReader(JsonCodec codec) : GrainCallVisitor
{
    private ReadOnlyMemory<byte> _rest;
    private bool _withLength;

    /// <summary>Fills a call's arguments.</summary>
    /// <param name="content">The arguments.</param>
    /// <param name="call">The call.</param>
    internal void ReadArguments(ReadOnlyMemory<byte> content, GrainCall call)
    {
        (_rest, _withLength) = (content, true);
        call.VisitArguments(this);
        _rest = default;
    }

    /// <summary>Settles a call with its result.</summary>
    /// <param name="content">The result.</param>
    /// <param name="call">The call.</param>
    internal void ReadResult(ReadOnlyMemory<byte> content, GrainCall call)
    {
        (_rest, _withLength) = (content, false);
        call.TrySetResult(this);
        _rest = default;
    }

    /// <inheritdoc/>
    public override void Visit<T>(int index, ref T? value)
        where T : default
    {
        if (!_withLength)
        {
            value = codec.Deserialize<T>(_rest.Span);
            return;
        }

        if (_rest.IsEmpty) return;

        var content = new FrameContent(_rest.Span);
        var part = content.ReadPart();
        _rest = _rest[(_rest.Length - content.Rest.Length)..];
        value = codec.Deserialize<T>(part);
    }
}
