using System.IO.Pipelines;
using Orleans.Runtime.Scheduling;
using ProvingMarket.Serialization;

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
    private bool _isLast;
    private bool _isClosed;

    /// <summary>Adds a frame.</summary>
    /// <param name="frame">The frame; copied.</param>
    /// <param name="always">Whether it is added even if too much is waiting: for what is small, or without which the rest makes no sense.</param>
    /// <returns>Whether it was added: not once closed, and not while too much is waiting.</returns>
    internal bool TryAdd(ReadOnlySpan<byte> frame, bool always = false)
    {
        lock (_gate)
        {
            if (_isClosed || (!always && IsFull(frame.Length))) return false;
            if (!Add(frame)) return true;
        }

        _ = _turns.RunAsync(SendAsync);
        return true;
    }

    /// <summary>Adds a request.</summary>
    /// <param name="frame">The frame; copied.</param>
    /// <returns>What came of it.</returns>
    internal RequestResult TryAddRequest(ReadOnlySpan<byte> frame)
    {
        lock (_gate)
        {
            if (_isClosed || _isLast) return RequestResult.Ended;
            if (IsFull(frame.Length)) return RequestResult.Full;
            if (!Add(frame)) return RequestResult.Added;
        }

        _ = _turns.RunAsync(SendAsync);
        return RequestResult.Added;
    }

    /// <summary>Adds the frame after which no request may follow.</summary>
    /// <param name="frame">The frame; copied.</param>
    internal void AddLast(ReadOnlySpan<byte> frame)
    {
        lock (_gate) _isLast = true;
        TryAdd(frame, always: true);
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

    private bool IsFull(int length) => _waiting.Length > 0 && _waiting.Length + length > maxBytes;

    // Says whether sending must be started.
    private bool Add(ReadOnlySpan<byte> frame)
    {
        frame.CopyTo(_waiting.GetSpan(frame.Length));
        _waiting.Advance(frame.Length);
        if (_isSending) return false;

        _isSending = true;
        return true;
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

    /// <summary>What came of adding a request.</summary>
    internal enum RequestResult
    {
        /// <summary>It was added.</summary>
        Added,

        /// <summary>Too much is waiting.</summary>
        Full,

        /// <summary>No more requests are sent.</summary>
        Ended,
    }
}
