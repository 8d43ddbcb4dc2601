namespace Orleans;

/// <summary>Decides, while a client's host starts, whether to go on after an attempt to connect has failed.</summary>
public interface IClientConnectionRetryFilter
{
    /// <summary>Decides, and waits as long as it likes before it answers.</summary>
    /// <param name="exception">How the attempt failed.</param>
    /// <param name="cancellationToken">Cancelled when the start is.</param>
    /// <returns>Whether to try again; otherwise the start fails with the exception.</returns>
    Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken);
}
