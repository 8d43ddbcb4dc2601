using Microsoft.Data.Sqlite;
using Orleans.Storage.Sqlite;
using SQLitePCL;

namespace Orleans.Embedded.Tests.Storage;

public sealed class SqliteStatementTests
{
    [Fact]
    public void A_value_that_is_refused_does_not_spoil_the_statement()
    {
        using var connection = new SqliteConnection("Data Source=:memory:;Pooling=False");
        connection.Open();
        raw.sqlite3_limit(connection.Handle!, raw.SQLITE_LIMIT_LENGTH, 100);
        using var statement = new SqliteStatement(connection.Handle!, "SELECT ? + length(?)");

        var refusal = Assert.Throws<SqliteError>(() => statement.Bind(1).Bind(new byte[1000]));

        Assert.Equal(raw.SQLITE_TOOBIG, refusal.Code);
        Assert.Equal(10, statement.Bind(7).Bind("abc"u8).Single(row => raw.sqlite3_column_int64(row, 0)));
    }
}
