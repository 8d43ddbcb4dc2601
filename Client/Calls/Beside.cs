namespace ProvingMarket.Client.Calls;

/// <summary>Work beside the caller, on the scheduler that runs the caller: the thread pool in an application, the one thread of a simulation
/// there.</summary>
internal static class Beside
{
    /// <summary>Starts the work; it does not begin within this call.</summary>
    public static Task<T> Run<T>(Func<Task<T>> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Current).Unwrap();

    /// <summary>Cancels; what is registered on the token does not run within this call.</summary>
    public static Task CancelAsync(CancellationTokenSource source) =>
        Task.Factory.StartNew(source.Cancel, CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Current);
}
