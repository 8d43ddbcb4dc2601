using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.Activations;
using Orleans.Storage;
using ProvingMarket.Serialization;

namespace Orleans.Runtime;

/// <summary>A grain's record, whatever its type.</summary>
internal abstract class PersistentState
{
    private static readonly MethodInfo s_create = typeof(PersistentState).GetMethod(nameof(Create), BindingFlags.Static | BindingFlags.NonPublic)!;

    /// <summary>Reads the record.</summary>
    /// <returns>A task.</returns>
    public abstract Task ReadStateAsync();

    /// <summary>Makes what creates records of a type for activations.</summary>
    /// <param name="type">The type of the content.</param>
    /// <param name="attribute">Which record it is.</param>
    /// <returns>The factory.</returns>
    internal static Func<Activation, object?> FactoryOf(Type type, PersistentStateAttribute attribute)
    {
        var create = s_create.MakeGenericMethod(type).CreateDelegate<Func<Activation, PersistentStateAttribute, object>>();
        return activation => create(activation, attribute);
    }

    private static PersistentState<T> Create<T>(Activation activation, PersistentStateAttribute attribute)
    {
        var services = activation.Silo.Services;
        var storage = attribute.StorageName is { Length: > 0 } name
            ? services.GetKeyedService<IGrainStorage>(name)
            : services.GetService<IGrainStorage>() ?? services.GetKeyedService<IGrainStorage>(Providers.ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME);
        if (storage is null)
            throw new OrleansConfigurationException($"Grain class {activation.Class} keeps '{attribute.StateName}' in the storage '{attribute.StorageName ?? Providers.ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME}', which is not configured.");

        var state = new PersistentState<T>(activation, attribute.StateName, storage);
        activation.Add(state);
        return state;
    }
}

/// <summary>A grain's record. Operations run one after another; writes that are asked for while one runs share the next.</summary>
/// <typeparam name="T">The type of the content.</typeparam>
/// <param name="activation">The grain's activation.</param>
/// <param name="name">The record's name within the grain.</param>
/// <param name="storage">Where it is kept.</param>
internal sealed class PersistentState<T>(Activation activation, string name, IGrainStorage storage) : PersistentState, IPersistentState<T>
{
    private enum Operation
    {
        Read,
        Write,
        Clear,
    }

    private readonly GrainState<T> _record = new(StateContent.New<T>());
    private Task _last = Task.CompletedTask;
    private Task? _nextWrite;

    /// <inheritdoc/>
    public T State
    {
        get => _record.State!;
        set => _record.State = value;
    }

    /// <inheritdoc/>
    public string? Etag => _record.ETag;

    /// <inheritdoc/>
    public bool RecordExists => _record.RecordExists;

    /// <inheritdoc/>
    public override Task ReadStateAsync() => ReadStateAsync(CancellationToken.None);

    /// <inheritdoc/>
    public Task ReadStateAsync(CancellationToken cancellationToken) =>
        Enqueue(Operation.Read, cancellationToken);

    /// <inheritdoc/>
    public Task WriteStateAsync() => WriteStateAsync(CancellationToken.None);

    /// <inheritdoc/>
    public Task WriteStateAsync(CancellationToken cancellationToken)
    {
        // A write that has not begun writes what the state is when it begins: it serves this caller, too.
        if (_nextWrite is { } next && ReferenceEquals(next, _last) && !cancellationToken.CanBeCanceled) return next;

        var begins = _last.IsCompleted;
        var write = Enqueue(Operation.Write, cancellationToken);
        if (!begins && !cancellationToken.CanBeCanceled) _nextWrite = write;
        return write;
    }

    /// <inheritdoc/>
    public Task ClearStateAsync() => ClearStateAsync(CancellationToken.None);

    /// <inheritdoc/>
    public Task ClearStateAsync(CancellationToken cancellationToken) => Enqueue(Operation.Clear, cancellationToken);

    private Task Enqueue(Operation operation, CancellationToken cancellationToken)
    {
        if (!ReferenceEquals(RuntimeContext.Current, activation))
            throw new InvalidOperationException($"The state '{name}' of {activation.GrainId} can only be used by the grain itself, on its own scheduler.");

        // A dead silo writes nothing more, and nothing more happens in it.
        if (activation.Silo.IsHalted) return new TaskCompletionSource().Task;

        return _last = RunAsync(operation, _last, cancellationToken);
    }

    private async Task RunAsync(Operation operation, Task previous, CancellationToken cancellationToken)
    {
        if (!previous.IsCompleted) await previous.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);

        try
        {
            await Begin(operation, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception error) when (error is not OrleansException)
        {
            throw new OrleansException($"Storage {storage.GetType().Name} could not {(operation switch { Operation.Read => "read", Operation.Write => "write", _ => "clear" })} the state '{name}' of {activation.GrainId}: {error.Message}", error);
        }
    }

    private Task Begin(Operation operation, CancellationToken cancellationToken) => operation switch
    {
        Operation.Read => storage.ReadStateAsync(name, activation.GrainId, _record, cancellationToken),
        Operation.Write => WriteAsync(cancellationToken),
        _ => ClearAsync(cancellationToken),
    };

    private Task WriteAsync(CancellationToken cancellationToken)
    {
        _nextWrite = null;
        return storage.WriteStateAsync(name, activation.GrainId, _record, cancellationToken);
    }

    private async Task ClearAsync(CancellationToken cancellationToken)
    {
        await storage.ClearStateAsync(name, activation.GrainId, _record, cancellationToken);
        _record.State ??= StateContent.New<T>();
    }
}
