using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace ProvingMarket.Storage.PostgreSql.Tests;

/// <summary>Stands between a silo and the server: it loses answers and cuts connections.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<(TcpClient Client, TcpClient Server)> _pairs = [];
    private readonly Lock _gate = new();
    private readonly int _port;
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _losing;
    private volatile bool _isSilent;

    private CuttingProxy(int port) => _port = port;

    internal static Task<CuttingProxy> StartAsync(int port)
    {
        var proxy = new CuttingProxy(port);
        proxy._listener.Start();
        _ = proxy.AcceptAsync();
        return Task.FromResult(proxy);
    }

    /// <summary>The same database through this.</summary>
    internal string Redirect(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.ToString();

    /// <summary>From now on what the server says does not arrive, on the connections there are.</summary>
    internal void LoseAnswers() => _losing = true;

    /// <summary>From now on new connections are accepted and nothing more happens on them. Those there are go on.</summary>
    internal void BeSilent() => _isSilent = true;

    /// <summary>Ends when somebody has connected since this is silent.</summary>
    internal Task ReachedInSilence => _reached.Task;

    /// <summary>Cuts the connections there are. New ones work, unless this is silent.</summary>
    internal void Cut() => Cut(both: true);

    /// <summary>Cuts the connections there are, without the server noticing.</summary>
    internal void CutClientsOnly() => Cut(both: false);

    public ValueTask DisposeAsync()
    {
        _listener.Stop();
        Cut();
        return ValueTask.CompletedTask;
    }

    private void Cut(bool both)
    {
        lock (_gate)
        {
            foreach (var (client, server) in _pairs)
            {
                client.Close();
                if (both) server.Close();
            }

            if (both) _pairs.Clear();
            _losing = false;
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                var server = new TcpClient { NoDelay = true };
                if (_isSilent)
                {
                    lock (_gate) _pairs.Add((client, server));
                    _reached.TrySetResult();
                    continue;
                }

                await server.ConnectAsync(IPAddress.Loopback, _port);
                lock (_gate) _pairs.Add((client, server));
                _ = CopyAsync(client, server, () => false);
                _ = CopyAsync(server, client, () => _losing);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private static async Task CopyAsync(TcpClient from, TcpClient to, Func<bool> loses)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.GetStream().ReadAsync(buffer) is > 0 and var count)
            {
                if (!loses()) await to.GetStream().WriteAsync(buffer.AsMemory(0, count));
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Cut.
        }
    }
}
