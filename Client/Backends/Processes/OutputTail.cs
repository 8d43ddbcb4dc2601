using System.Text;

namespace ProvingMarket.Client.Backends.Processes;

/// <summary>The last bytes that a process wrote, however much it writes.</summary>
internal sealed class OutputTail
{
    private const int Capacity = 4096;

    private readonly Lock _lock = new();
    private readonly byte[] _ring = new byte[Capacity];
    private long _written;

    /// <summary>Reads to the end of the stream, so that the process never blocks on a full pipe.</summary>
    public async Task PumpAsync(Stream stream)
    {
        var buffer = new byte[Capacity];
        try
        {
            for (int read; (read = await stream.ReadAsync(buffer)) > 0;)
                Append(buffer.AsSpan(0, read));
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The process is gone or given up; what was read until then stays.
        }
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            foreach (var value in bytes)
                _ring[_written++ % Capacity] = value;
        }
    }

    public void Clear()
    {
        lock (_lock)
            _written = 0;
    }

    /// <summary>The whole lines at the end, or the end of a line that alone is too long.</summary>
    public override string ToString()
    {
        lock (_lock)
        {
            if (_written <= Capacity)
                return Encoding.UTF8.GetString(_ring, 0, (int)_written).Trim();

            var split = (int)(_written % Capacity);
            var text = Encoding.UTF8.GetString([.. _ring.AsSpan(split), .. _ring.AsSpan(0, split)]).TrimEnd();
            return text[(text.IndexOf('\n') + 1)..].Trim();
        }
    }
}
