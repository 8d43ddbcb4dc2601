using System.Collections.Immutable;
using System.Text;

namespace Orleans.Runtime.Gateway;

/// <summary>What the two sides say to each other first. JSON, unlike what follows, so that versions can tell each other apart.</summary>
internal static class Handshake
{
    /// <summary>The version of the protocol. Both sides must have the same.</summary>
    internal const int Version = 1;

    /// <summary>The largest <see cref="Hello"/>.</summary>
    internal const int MaxHelloBytes = 16 * 1024;

    /// <summary>The first bytes of every connection, so that what is not a client is recognised at once.</summary>
    internal static ReadOnlySpan<byte> Preface => "OEGW"u8;
}

/// <summary>First from the client.</summary>
[GenerateSerializer, Immutable]
internal sealed record Hello
{
    /// <summary>Gets the version of the protocol.</summary>
    [Id(0)]
    public int Version { get; init; }

    /// <summary>Gets the cluster the client looks for.</summary>
    [Id(1)]
    public string ClusterId { get; init; } = "";

    /// <summary>Gets the service the client looks for.</summary>
    [Id(2)]
    public string ServiceId { get; init; } = "";

    /// <summary>Gets the client's identity: it stays the same when the client connects again.</summary>
    [Id(3)]
    public string Client { get; init; } = "";

    /// <summary>Gets the shared secret, if there is one.</summary>
    [Id(4)]
    public string? Token { get; init; }

    /// <summary>Gets the largest frame the client accepts; 0 when it does not say.</summary>
    [Id(5)]
    public int MaxFrameBytes { get; init; }

    // Without the token: this ends up in logs.
    private bool PrintMembers(StringBuilder text)
    {
        text.Append(Client);
        return true;
    }
}

/// <summary>The silo accepts the client.</summary>
[GenerateSerializer, Immutable]
internal sealed record Welcome
{
    /// <summary>Gets which grain classes interfaces mean.</summary>
    [Id(0)]
    public ImmutableArray<InterfaceClasses> Interfaces { get; init; } = [];

    /// <summary>Gets the largest frame the silo accepts.</summary>
    [Id(1)]
    public int MaxFrameBytes { get; init; }

    /// <summary>Gets how many calls may be under way.</summary>
    [Id(2)]
    public int MaxCalls { get; init; }

    /// <summary>Gets how often a side that has nothing to send says that it is there.</summary>
    [Id(3)]
    public TimeSpan PingInterval { get; init; }
}

/// <summary>The grain classes that implement an interface.</summary>
/// <param name="Interface">The interface's name.</param>
/// <param name="Classes">The classes.</param>
[GenerateSerializer, Immutable]
internal sealed record InterfaceClasses([property: Id(0)] string Interface, [property: Id(1)] ImmutableArray<ClassName> Classes);

/// <summary>A grain class as clients know it.</summary>
/// <param name="Name">Its full name.</param>
/// <param name="GrainType">Its identity.</param>
[GenerateSerializer, Immutable]
internal sealed record ClassName([property: Id(0)] string Name, [property: Id(1)] string GrainType);

/// <summary>The silo refuses the client.</summary>
/// <param name="Reason">Why.</param>
/// <param name="IsFinal">Whether trying again is pointless.</param>
[GenerateSerializer, Immutable]
internal sealed record Refusal([property: Id(0)] string Reason, [property: Id(1)] bool IsFinal);
