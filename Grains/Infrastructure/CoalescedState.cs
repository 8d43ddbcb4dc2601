
namespace ProvingMarket.Grains.Infrastructure;

/// <summary>State of a reentrant grain whose writes coalesce: while one write is in flight, all changes made meanwhile share the next one.
/// A change is made by setting <see cref="Value"/> and is durable when the <see cref="CommitAsync"/> called after it has completed.</summary>
/// <remarks>After a failed write memory is ahead of storage, so every later commit fails too and the activation is dropped: the next one
/// loads what is durable.</remarks>
internal sealed class CoalescedState<TState>(IPersistentState<TState> storage, TState initial, Action deactivate)
    where TState : class
{
    private TState _value = storage.RecordExists ? storage.State : initial;
    private TState _durable = storage.RecordExists ? storage.State : initial;
    private TaskCompletionSource? _next;
    private bool _writing;
    private Exception? _failure;

    /// <summary>The state as decided so far; parts of it may not be durable yet.</summary>
    public TState Value
    {
        get => _value;
        set => _value = value;
    }

    /// <summary>Completes when everything decided so far is durable.</summary>
    public Task CommitAsync()
    {
        if (_failure is not null) return Task.FromException(new InvalidOperationException("An earlier write failed; the grain is being reloaded.", _failure));
        if (!_writing && ReferenceEquals(_value, _durable)) return Task.CompletedTask;
        _next ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var mine = _next.Task;
        if (!_writing) _ = WriteBatchesAsync();
        return mine;
    }

    private async Task WriteBatchesAsync()
    {
        _writing = true;
        while (_next is { } batch)
        {
            _next = null;
            var writing = _value;
            try
            {
                if (!ReferenceEquals(writing, _durable))
                {
                    storage.State = writing;
                    await storage.WriteStateAsync();
                    _durable = writing;
                }
                batch.SetResult();
            }
            catch (Exception e)
            {
                _failure = e;
                deactivate();
                batch.SetException(e);
                _next?.SetException(e);
                _next = null;
            }
        }
        _writing = false;
    }
}
