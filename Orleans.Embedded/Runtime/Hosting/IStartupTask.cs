namespace Orleans.Runtime;

/// <summary>Work that a silo does when it has started; grains can be called.</summary>
public interface IStartupTask
{
    /// <summary>Does the work.</summary>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <returns>A task; if it fails, the silo does not start.</returns>
    Task Execute(CancellationToken cancellationToken);
}
