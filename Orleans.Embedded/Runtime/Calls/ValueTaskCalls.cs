using System.Runtime.CompilerServices;

#pragma warning disable CA2012 // Each value task is consumed once: in Start when it has ended by then, otherwise in Continue.

namespace Orleans.Runtime.Calls;

/// <summary>A call of a method that returns <see cref="ValueTask{TResult}"/>. Subclasses are emitted.</summary>
/// <typeparam name="T">The type of the result.</typeparam>
internal abstract class ValueTaskCall<T> : AwaitedByValueTask<T>
{
    private ValueTaskAwaiter<T> _running;

    /// <summary>Initializes a call.</summary>
    /// <param name="method">Its method.</param>
    protected ValueTaskCall(GrainMethod method) : base(method)
    {
    }

    /// <summary>Invokes the method on the target.</summary>
    /// <param name="target">The grain or observer.</param>
    /// <returns>What the method returned.</returns>
    protected abstract ValueTask<T> Invoke(object target);

    /// <inheritdoc/>
    private protected sealed override bool Start(object target)
    {
        try
        {
            var waiter = Invoke(target).GetAwaiter();
            if (waiter.IsCompleted)
            {
                Answer(waiter.GetResult());
                return true;
            }

            _running = waiter;
            waiter.UnsafeOnCompleted(Continue);
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
        T result;
        try
        {
            result = _running.GetResult();
        }
        catch (Exception error)
        {
            FinishFailed(error);
            return;
        }

        Finish(result);
    }
}

/// <summary>A call of a method that returns <see cref="ValueTask"/>. Subclasses are emitted.</summary>
internal abstract class ValueTaskCall : AwaitedByValueTask<Nothing>
{
    private ValueTaskAwaiter _running;

    /// <summary>Initializes a call.</summary>
    /// <param name="method">Its method.</param>
    protected ValueTaskCall(GrainMethod method) : base(method)
    {
    }

    /// <summary>Invokes the method on the target.</summary>
    /// <param name="target">The grain or observer.</param>
    /// <returns>What the method returned.</returns>
    protected abstract ValueTask Invoke(object target);

    /// <inheritdoc/>
    private protected sealed override bool Start(object target)
    {
        try
        {
            var waiter = Invoke(target).GetAwaiter();
            if (waiter.IsCompleted)
            {
                waiter.GetResult();
                Answer(default(Nothing));
                return true;
            }

            _running = waiter;
            waiter.UnsafeOnCompleted(Continue);
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
        try
        {
            _running.GetResult();
        }
        catch (Exception error)
        {
            FinishFailed(error);
            return;
        }

        Finish(default);
    }
}
