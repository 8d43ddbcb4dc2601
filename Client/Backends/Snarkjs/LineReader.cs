using System.Buffers;
using System.IO.Pipelines;

namespace ProvingMarket.Client.Backends.Snarkjs;

/// <summary>Lines of a stream, none longer than a limit.</summary>
internal sealed class LineReader(Stream stream, int maxLineBytes)
{
    private readonly PipeReader _reader = PipeReader.Create(stream);

    /// <summary>The next line without its end; null at the end of the stream.</summary>
    /// <exception cref="LineTooLongException">It is longer than the limit.</exception>
    public async Task<byte[]?> ReadAsync()
    {
        while (true)
        {
            var result = await _reader.ReadAsync();
            if (result.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = result.Buffer.Slice(0, end);
                if (line.Length > maxLineBytes)
                    throw new LineTooLongException();

                var bytes = line.ToArray();
                _reader.AdvanceTo(result.Buffer.GetPosition(1, end));
                return bytes;
            }

            if (result.Buffer.Length > maxLineBytes)
                throw new LineTooLongException();
            if (result.IsCompleted)
                return null;
            _reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }
}

/// <summary>A line passed the limit; what follows on the stream cannot be trusted.</summary>
internal sealed class LineTooLongException : Exception;
