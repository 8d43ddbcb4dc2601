using Orleans.Storage;
using ProvingMarket.Serialization;

namespace ProvingMarket.Grains.Tests.Infrastructure;

/// <summary>Storage whose every operation happens when the test says so, in the order and with the outcome it says. Everything runs on the test's own
/// thread.</summary>
internal sealed class SteppedStorage
{
    private static readonly JsonCodec Codec = new(SerializedForm.Storage);

    private readonly Dictionary<(string Name, GrainId Id), (object Value, int Version)> _records = [];
    private readonly List<Operation> _waiting = [];

    public enum Outcome
    {
        Done,
        FailedBefore,
        FailedAfter,
    }

    /// <summary>How many writes there have been.</summary>
    public int Version { get; private set; }

    public int Waiting => _waiting.Count;

    /// <summary>The largest record that is taken, in bytes; null for any.</summary>
    public int? MostRecordBytes { get; init; }

    public IEnumerable<T> Values<T>() => _records.Values.Select(record => record.Value).OfType<T>();

    /// <summary>The storage as one activation sees it.</summary>
    public IGrainStorage For(int activation) => new Access(this, activation);

    /// <summary>Carries out one of the operations that wait.</summary>
    public void Step(int which, Outcome outcome)
    {
        var operation = _waiting[which];
        _waiting.RemoveAt(which);
        if (outcome == Outcome.FailedBefore)
        {
            operation.End(new IOException("The storage has failed."));
            return;
        }
        Exception? error = null;
        try
        {
            operation.Effect();
        }
        catch (InconsistentStateException conflict)
        {
            error = conflict;
        }
        operation.End(error ?? (outcome == Outcome.FailedAfter ? new IOException("The storage has failed, or so it seems.") : null));
    }

    /// <summary>Ends an activation: of what it waits for some happens, and nobody learns of it.</summary>
    public void Crash(int activation, Func<bool> happens)
    {
        foreach (var operation in _waiting.Where(operation => operation.Activation == activation).ToList())
        {
            _waiting.Remove(operation);
            if (!happens()) continue;
            try
            {
                operation.Effect();
            }
            catch (InconsistentStateException)
            {
                // Refused; there is nobody left to be told.
            }
        }
    }

    private sealed record Operation(int Activation, Action Effect, Action<Exception?> End);

    private sealed class Access(SteppedStorage storage, int activation) : IGrainStorage
    {
        public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => Wait(() =>
        {
            grainState.RecordExists = storage._records.TryGetValue((stateName, grainId), out var record);
            grainState.State = grainState.RecordExists ? (T)record.Value : default;
            grainState.ETag = grainState.RecordExists ? $"{record.Version}" : null;
        });

        public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            var (value, etag) = (grainState.State!, grainState.ETag);
            if (storage.MostRecordBytes is { } most)
            {
                // Refused at once, before the record is on its way.
                using var text = new PooledBuffer(most, nameof(MostRecordBytes));
                Codec.Serialize(text, value);
            }
            return Wait(() =>
            {
                var current = storage._records.TryGetValue((stateName, grainId), out var record) ? $"{record.Version}" : null;
                if (current != etag) throw new InconsistentStateException("Another has written.", current, etag);
                storage._records[(stateName, grainId)] = (value, ++storage.Version);
                grainState.ETag = $"{storage.Version}";
                grainState.RecordExists = true;
            });
        }

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw new NotSupportedException();

        private Task Wait(Action effect)
        {
            // Its continuations run in place, on the thread of the test.
            var done = new TaskCompletionSource();
            storage._waiting.Add(new Operation(activation, effect, error =>
            {
                if (error is null) done.SetResult();
                else done.SetException(error);
            }));
            return done.Task;
        }
    }
}
