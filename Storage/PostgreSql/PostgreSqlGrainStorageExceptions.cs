using Npgsql;

namespace ProvingMarket.Storage.PostgreSql;

/// <summary>A record could not be read or written. Unless it is a <see cref="WriteOutcomeUnknownException"/>, a write that fails with it has not
/// happened and will not.</summary>
/// <remarks>Its cause is told by its message and <see cref="SqlState"/>, and logged: the exceptions of Npgsql do not travel between silos.</remarks>
[GenerateSerializer]
public class PostgreSqlGrainStorageException : OrleansException
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="message">What failed, where and why.</param>
    public PostgreSqlGrainStorageException(string message) : base(message)
    {
    }

    /// <summary>Initializes the exception.</summary>
    /// <param name="message">What failed, where and why.</param>
    /// <param name="sqlState">What the server has answered; null when it has not.</param>
    public PostgreSqlGrainStorageException(string message, string? sqlState) : base(message) => SqlState = sqlState;

    /// <summary>Gets the error code that the server has answered; null when it has not.</summary>
    [Id(0)]
    public string? SqlState { get; private set; }

    /// <summary>Describes a failure.</summary>
    /// <param name="message">What failed, where and why.</param>
    /// <param name="cause">The cause.</param>
    /// <returns>The exception.</returns>
    internal static PostgreSqlGrainStorageException Of(string message, Exception cause) => new(message, (cause as PostgresException)?.SqlState);
}

/// <summary>
/// The connection was lost while a change was under way: it may have happened or not. The lost session has ended when this is thrown, so reading the
/// record tells which; only when the database stayed away for longer than the outage patience may the change still happen. Whoever writes the record again with
/// the version read before is refused with <see cref="Orleans.Storage.InconsistentStateException"/> if it did, because every attempt has a version
/// of its own; so nothing is applied twice.
/// </summary>
[GenerateSerializer]
public sealed class WriteOutcomeUnknownException : PostgreSqlGrainStorageException
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="message">Which change, and what went wrong.</param>
    public WriteOutcomeUnknownException(string message) : base(message)
    {
    }
}

/// <summary>The tables are not ones that this program can use: they are newer than it, or another program's.</summary>
[GenerateSerializer]
public sealed class PostgreSqlSchemaException : PostgreSqlGrainStorageException
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="message">The schema, what is there and what this program knows.</param>
    public PostgreSqlSchemaException(string message) : base(message)
    {
    }
}

/// <summary>Silos use the data, or an export or import does: the two exclude each other.</summary>
[GenerateSerializer]
public sealed class PostgreSqlInUseException : PostgreSqlGrainStorageException
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="message">Who uses what.</param>
    public PostgreSqlInUseException(string message) : base(message)
    {
    }
}
