using Orleans.Runtime.Calls;

namespace Orleans.Runtime.Gateway;

/// <summary>The methods and grain types the other side has given numbers to.</summary>
/// <param name="host">Knows the interfaces.</param>
internal sealed class ReceivedNames(ICallHost host)
{
    /// <summary>The most bytes a name may have on its way.</summary>
    internal const int MaxNameBytes = 16 * 1024;

    private const int MaxNames = 16_384;
    private const int MaxBytes = 4 * 1024 * 1024;

    private readonly List<(GrainMethod? Method, string Name)> _methods = [];
    private readonly List<GrainType> _types = [];
    private int _bytes;

    /// <summary>Reads the next method.</summary>
    /// <param name="content">The frame.</param>
    /// <exception cref="ProtocolException">It is none, or names are too long or too many.</exception>
    internal void AddMethod(FrameContent content)
    {
        Limit(_methods.Count, content.Rest.Length);
        var (interfaceName, key) = (content.ReadText(), content.ReadText());
        _methods.Add((host.FindInterface(interfaceName)?.FindMethod(key), $"{interfaceName}/{key}"));
    }

    /// <summary>Reads the next grain type.</summary>
    /// <param name="content">The frame.</param>
    /// <exception cref="ProtocolException">It is none, or names are too long or too many.</exception>
    internal void AddType(FrameContent content)
    {
        Limit(_types.Count, content.Rest.Length);
        _types.Add(new GrainType(new IdSpan(content.ReadBytes().ToArray())));
    }

    /// <summary>Gets a method.</summary>
    /// <param name="number">Its number.</param>
    /// <returns>The method, null if this host has no such method, and its name.</returns>
    internal (GrainMethod? Method, string Name) Method(uint number) =>
        number < _methods.Count ? _methods[(int)number] : throw new ProtocolException($"method {number} has no name");

    /// <summary>Gets a grain type.</summary>
    /// <param name="number">Its number.</param>
    /// <returns>The grain type.</returns>
    internal GrainType Type(uint number) =>
        number < _types.Count ? _types[(int)number] : throw new ProtocolException($"grain type {number} has no name");

    // Names are kept for as long as the connection lasts.
    private void Limit(int count, int bytes)
    {
        if (count >= MaxNames) throw new ProtocolException($"more than {MaxNames} names");
        if (bytes > MaxNameBytes) throw new ProtocolException($"a name of {bytes} bytes is not within the {MaxNameBytes} that are accepted");
        if (bytes > MaxBytes - _bytes) throw new ProtocolException($"names of more than {MaxBytes} bytes");

        _bytes += bytes;
    }
}
