namespace Orleans.Runtime.Calls;

/// <summary>A call of a method that returns <see cref="Task{TResult}"/>. Subclasses are emitted.</summary>
/// <typeparam name="T">The type of the result.</typeparam>
internal abstract class TaskCall<T> : AwaitedByTask<T>
{
    private Task<T>? _running;

    /// <summary>Initializes a call.</summary>
    /// <param name="method">Its method.</param>
    protected TaskCall(GrainMethod method) : base(method)
    {
    }

    /// <summary>Invokes the method on the target.</summary>
    /// <param name="target">The grain or observer.</param>
    /// <returns>What the method returned.</returns>
    protected abstract Task<T> Invoke(object target);

    /// <inheritdoc/>
    private protected sealed override bool Start(object target)
    {
        try
        {
            var task = Invoke(target);
            if (task.IsCompletedSuccessfully)
            {
                Answer(task.Result);
                return true;
            }

            if (task.IsCompleted)
            {
                OnFailed(Failure.Of(task));
                return true;
            }

            _running = task;
            task.GetAwaiter().UnsafeOnCompleted(Continue);
            return false;
        }
        catch (Exception error)
        {
            OnFailed(error);
            return true;
        }
    }

    /// <inheritdoc/>
    internal sealed override async ValueTask<object?> InvokeBoxed(object target) => await Invoke(target);

    private void Continue()
    {
        var task = _running!;
        if (task.IsCompletedSuccessfully) Finish(task.Result);
        else FinishFailed(Failure.Of(task));
    }
}

/// <summary>A call of a method that returns <see cref="Task"/>. Subclasses are emitted.</summary>
internal abstract class TaskCall : AwaitedByTask<Nothing>
{
    private Task? _running;

    /// <summary>Initializes a call.</summary>
    /// <param name="method">Its method.</param>
    protected TaskCall(GrainMethod method) : base(method)
    {
    }

    /// <summary>Invokes the method on the target.</summary>
    /// <param name="target">The grain or observer.</param>
    /// <returns>What the method returned.</returns>
    protected abstract Task Invoke(object target);

    /// <inheritdoc/>
    private protected sealed override bool Start(object target)
    {
        try
        {
            var task = Invoke(target);
            if (task.IsCompletedSuccessfully)
            {
                Answer(default(Nothing));
                return true;
            }

            if (task.IsCompleted)
            {
                OnFailed(Failure.Of(task));
                return true;
            }

            _running = task;
            task.GetAwaiter().UnsafeOnCompleted(Continue);
            return false;
        }
        catch (Exception error)
        {
            OnFailed(error);
            return true;
        }
    }

    /// <inheritdoc/>
    internal sealed override async ValueTask<object?> InvokeBoxed(object target)
    {
        await Invoke(target);
        return null;
    }

    private void Continue()
    {
        var task = _running!;
        if (task.IsCompletedSuccessfully) Finish(default);
        else FinishFailed(Failure.Of(task));
    }
}

/// <summary>A call of a method that returns nothing. Subclasses are emitted.</summary>
internal abstract class VoidCall : AwaitedByTask<Nothing>
{
    /// <summary>Initializes a call.</summary>
    /// <param name="method">Its method.</param>
    protected VoidCall(GrainMethod method) : base(method)
    {
    }

    /// <summary>Invokes the method on the target.</summary>
    /// <param name="target">The grain or observer.</param>
    protected abstract void Invoke(object target);

    /// <inheritdoc/>
    private protected sealed override bool Start(object target)
    {
        try
        {
            Invoke(target);
            Answer(default(Nothing));
        }
        catch (Exception error)
        {
            OnFailed(error);
        }

        return true;
    }

    /// <inheritdoc/>
    internal sealed override ValueTask<object?> InvokeBoxed(object target)
    {
        Invoke(target);
        return default;
    }
}

/// <summary>Reads the failure of a task.</summary>
internal static class Failure
{
    /// <summary>Gets the exception a task would throw when awaited.</summary>
    /// <param name="task">A task that failed or was cancelled.</param>
    /// <returns>The exception.</returns>
    internal static Exception Of(Task task)
    {
        if (task.Exception is { } failure) return failure.InnerExceptions[0];

        try
        {
            task.GetAwaiter().GetResult();
        }
        catch (OperationCanceledException cancelled)
        {
            return cancelled;
        }

        throw new InvalidOperationException("The task has not failed.");
    }
}
