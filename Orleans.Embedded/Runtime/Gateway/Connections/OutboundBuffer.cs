using System.IO.Pipelines;
using Orleans.Runtime.Scheduling;
using Orleans.Serialization;

namespace Orleans.Runtime.Gateway;

/// <summary>
/// What is to be sent over a connection. Frames that are added while others are being sent go out together, so that many small messages
/// cost few writes.
/// </summary>
/// <param name="output">The way out.</param>
/// <param name="scheduler">Where sending runs.</param>
/// <param name="maxBytes">How much may wait for a peer that reads slowly.</param>
/// <param name="onFailed">Told when sending fails.</param>
internal sealed class OutboundBuffer(PipeWriter output, IWorkScheduler scheduler, int maxBytes, Action<Exception?> onFailed) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ServiceTurns _turns = new(scheduler);
    private PooledBuffer _waiting = new(int.MaxValue, nameof(maxBytes));
    private PooledBuffer _sending = new(int.MaxValue, nameof(maxBytes));
    private TaskCompletionSource? _drained;
    private bool _isSending;
    private bool _isClosed;

    /// <summary>Adds frames.</summary>
    /// <param name="frames">The frames; copied.</param>
    /// <param name="always">Whether they are added even if too much is waiting: for what is small, or without which the rest makes no sense.</param>
    /// <returns>Whether they were added: not once closed, and not while too much is waiting.</returns>
    internal bool TryAdd(ReadOnlySpan<byte> frames, bool always = false)
    {
        lock (_gate)
        {
            if (_isClosed || (!always && _waiting.Length > 0 && _waiting.Length + frames.Length > maxBytes)) return false;

            frames.CopyTo(_waiting.GetSpan(frames.Length));
            _waiting.Advance(frames.Length);
            if (_isSending) return true;
            _isSending = true;
        }

        _ = _turns.RunAsync(SendAsync);
        return true;
    }

    /// <summary>Waits until everything has been sent, or cannot be any more.</summary>
    /// <returns>A task.</returns>
    internal Task DrainAsync()
    {
        lock (_gate)
        {
            if (!_isSending || _isClosed) return Task.CompletedTask;
            return (_drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Sends nothing more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isClosed) return;

            _isClosed = true;
            _drained?.TrySetResult();
            _waiting.Dispose();
            if (!_isSending) _sending.Dispose();
        }
    }

    private async Task SendAsync()
    {
        try
        {
            while (TakeWaiting())
            {
                var result = await output.WriteAsync(_sending.WrittenMemory);
                _sending.Clear();
                if (!result.IsCompleted && !result.IsCanceled) continue;

                onFailed(null);
                return;
            }
        }
        catch (Exception error)
        {
            onFailed(error);
        }
    }

    private bool TakeWaiting()
    {
        lock (_gate)
        {
            if (_waiting.Length > 0 && !_isClosed)
            {
                (_waiting, _sending) = (_sending, _waiting);
                return true;
            }

            _isSending = false;
            _drained?.TrySetResult();
            _drained = null;
            if (_isClosed) _sending.Dispose();
            return false;
        }
    }
}
