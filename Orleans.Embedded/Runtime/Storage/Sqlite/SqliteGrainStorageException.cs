using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>A database file could not be opened, read or written. A write that fails with it has not happened.</summary>
[GenerateSerializer]
public sealed class SqliteGrainStorageException : OrleansException
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="message">What failed, where and why.</param>
    public SqliteGrainStorageException(string message) : base(message)
    {
    }

    /// <summary>Initializes the exception.</summary>
    /// <param name="message">What failed, where and why.</param>
    /// <param name="innerException">The cause.</param>
    public SqliteGrainStorageException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
