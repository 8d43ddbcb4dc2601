using Orleans.Runtime.Calls;

namespace Orleans.Runtime.Gateway;

/// <summary>The methods and grain types the other side has given numbers to.</summary>
/// <param name="host">Knows the interfaces.</param>
internal sealed class ReceivedNames(ICallHost host)
{
    private const int MaxNames = 16_384;

    private readonly List<(GrainMethod? Method, string Name)> _methods = [];
    private readonly List<GrainType> _types = [];

    /// <summary>Reads the next method.</summary>
    /// <param name="content">The frame.</param>
    internal void AddMethod(FrameContent content)
    {
        var (interfaceName, key) = (content.ReadText(), content.ReadText());
        Limit(_methods.Count);
        _methods.Add((host.FindInterface(interfaceName)?.FindMethod(key), $"{interfaceName}/{key}"));
    }

    /// <summary>Reads the next grain type.</summary>
    /// <param name="content">The frame.</param>
    internal void AddType(FrameContent content)
    {
        Limit(_types.Count);
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

    private static void Limit(int count)
    {
        if (count >= MaxNames) throw new ProtocolException($"more than {MaxNames} names");
    }
}
