namespace Orleans.Runtime.Gateway;

/// <summary>
/// The clients of a gateway: those that are connected, and those that have left while calls of theirs went on. Both take a place, and who comes back has the calls
/// that were left behind, so that nobody has more of them under way by connecting again, under whatever name. Safe for several threads.
/// </summary>
/// <param name="limit">How many places there are.</param>
internal sealed class ClientPlaces(int limit)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ITransportConnection, Client> _connected = [];
    private readonly Dictionary<string, Client> _clients = new(StringComparer.Ordinal);
    private EndingList<Client>? _absent;

    /// <summary>Gets the number of connections.</summary>
    internal int ConnectionCount
    {
        get
        {
            lock (_gate) return _connected.Count;
        }
    }

    private EndingList<Client> Absent => _absent ??= new(static client => client.Calls.HaveEnded(), client => _clients.Remove(client.Name));

    /// <summary>Gives a connection a place.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="name">The client's identity.</param>
    /// <param name="calls">The client's calls that have not ended.</param>
    /// <returns>Why there is none, or null.</returns>
    internal string? TryEnter(ITransportConnection connection, string name, out PeerCalls calls)
    {
        lock (_gate)
        {
            if (!_clients.TryGetValue(name, out var client)) client = new Client(name);
            calls = client.Calls;
            var isBack = Absent.Remove(client);
            if (_connected.Count + Absent.Count >= limit) Absent.ForgetAll();
            if (_connected.Count + Absent.Count >= limit)
            {
                if (isBack) Absent.Add(client);
                return $"{_connected.Count} clients are connected, and {Absent.Count} have left while calls of theirs went on";
            }

            client.Connections++;
            _clients[name] = client;
            _connected[connection] = client;
            return null;
        }
    }

    /// <summary>Takes the place of a connection away, if it has one, unless calls that came over it go on: then the place stays taken until they have ended.</summary>
    /// <param name="connection">The connection.</param>
    internal void Leave(ITransportConnection connection)
    {
        lock (_gate)
        {
            if (!_connected.Remove(connection, out var client) || --client.Connections > 0) return;

            if (client.Calls.HaveEnded()) _clients.Remove(client.Name);
            else Absent.Add(client);
        }
    }

    private sealed class Client(string name)
    {
        internal string Name => name;

        internal PeerCalls Calls { get; } = new();

        internal int Connections { get; set; }
    }
}
