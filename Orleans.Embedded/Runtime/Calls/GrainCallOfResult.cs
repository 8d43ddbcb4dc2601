namespace Orleans.Runtime.Calls;

/// <summary>A call with a typed result.</summary>
/// <typeparam name="T">The type of the result; <see cref="Nothing"/> when there is none.</typeparam>
internal abstract class GrainCall<T> : GrainCall
{
    private T? _result;

    private protected GrainCall(GrainMethod method) : base(method)
    {
    }

    /// <summary>Gets the result, after success.</summary>
    private protected T? Result => _result;

    /// <summary>Settles the call with a result.</summary>
    /// <param name="result">The result.</param>
    /// <returns>Whether this was the first outcome.</returns>
    internal bool TrySetResult(T? result)
    {
        if (!TryClaim()) return false;

        _result = result;
        PassOn();
        return true;
    }

    /// <inheritdoc/>
    internal sealed override bool TrySetResult(GrainCallVisitor visitor)
    {
        T? result = default;
        if (typeof(T) != typeof(Nothing)) visitor.Visit(0, ref result);
        return TrySetResult(result);
    }

    /// <inheritdoc/>
    private protected sealed override bool PassResultTo(GrainCall other) => ((GrainCall<T>)other).TrySetResult(_result);

    /// <inheritdoc/>
    internal sealed override bool TrySetBoxedResult(object? result) => TrySetResult(Unboxed(result));

    /// <inheritdoc/>
    internal sealed override void VisitResult(GrainCallVisitor visitor)
    {
        if (typeof(T) == typeof(Nothing)) return;

        var result = _result;
        visitor.Visit(0, ref result);
    }

    /// <summary>Answers with what the method returned, as soon as the caller may know.</summary>
    /// <param name="result">The result.</param>
    private protected void Answer(T? result)
    {
        if (OutputsToPass is { } outputs)
        {
            // Only who claims the outcome makes it one.
            _result = result;
            if (outputs.TryHold(this)) return;
        }

        TrySetResult(result);
    }

    /// <inheritdoc/>
    internal sealed override void AnswerBoxed(object? result) => Answer(Unboxed(result));

    /// <inheritdoc/>
    private protected sealed override void ReleaseResult() => TrySetResult(_result);

    /// <summary>Ends the execution of the method: passes the outcome on and releases the target.</summary>
    /// <param name="result">The result.</param>
    private protected void Finish(T? result)
    {
        Answer(result);
        Owner!.OnFinished(this);
    }

    /// <summary>Ends the execution of the method with a failure.</summary>
    /// <param name="error">The failure.</param>
    private protected void FinishFailed(Exception error)
    {
        try
        {
            OnFailed(error);
        }
        finally
        {
            Owner!.OnFinished(this);
        }
    }

    /// <summary>Passes a failure of the method on.</summary>
    /// <param name="error">The failure.</param>
    private protected void OnFailed(Exception error)
    {
        Owner!.OnFailed(this, error);
        AnswerFailure(error);
    }

    private static T? Unboxed(object? result) => result is null || typeof(T) == typeof(Nothing) ? default : (T)result;
}
