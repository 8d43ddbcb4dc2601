using System.Collections.Concurrent;
using Orleans.Runtime.Calls;

namespace Orleans.Runtime.Observers;

/// <summary>The clients in other processes that are connected to this silo, by their identity: the ways to their observers.</summary>
internal sealed class ClientDirectory
{
    private readonly ConcurrentDictionary<string, IGrainCallChannel> _clients = new(StringComparer.Ordinal);

    /// <summary>Says that a client is connected. Another connection of the same client is replaced.</summary>
    /// <param name="client">The client's identity.</param>
    /// <param name="channel">The connection.</param>
    internal void Connected(string client, IGrainCallChannel channel) => _clients[client] = channel;

    /// <summary>Says that a connection has ended. Calls to the client's observers now fail at once.</summary>
    /// <param name="client">The client's identity.</param>
    /// <param name="channel">The connection; ignored when the client has another by now.</param>
    internal void Disconnected(string client, IGrainCallChannel channel) => _clients.TryRemove(new KeyValuePair<string, IGrainCallChannel>(client, channel));

    /// <summary>Finds the connection of a client.</summary>
    /// <param name="client">The client's identity.</param>
    /// <returns>The connection, or null.</returns>
    internal IGrainCallChannel? Find(string client) => _clients.GetValueOrDefault(client);
}
