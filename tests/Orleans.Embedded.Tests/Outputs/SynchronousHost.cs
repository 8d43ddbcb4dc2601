using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Engine;
using Orleans.Hosting;
using Orleans.Storage.Sqlite;

namespace Orleans.Embedded.Tests.Outputs;

/// <summary>A silo with external synchrony on one thread. What is written comes to the disk when the test says so.</summary>
internal sealed class SynchronousHost : IDisposable
{
    public const string Storage = "disk";

    private static readonly string[] s_parts = ["", "-wal"];

    private readonly ManualThreads _threads = new();
    private readonly string _dataSource;

    public SynchronousHost(string dataSource, bool isExternal = true)
    {
        _dataSource = dataSource;
        Host = new ManualHost(configure: silo =>
        {
            silo.Services.AddSingleton<IDedicatedThreads>(_threads);
            silo.AllowEarlyCall<IPurseObserver>(nameof(IPurseObserver.Coming));
            silo.UseGrainClasses(typeof(PurseGrain)).AddSqliteGrainStorage(Storage, options => (options.DataSource, options.ExternalSynchrony, options.Readers) = (dataSource, isExternal, 1));
        });
        Database = Host.Services.GetRequiredService<SqliteDatabases>().Get(Storage);
        while (Database.Known.IsScanWanted) _threads.Step("scan");

        // The first record of a kind is waited for.
        Finish(Pay("first", "a", "b"));
    }

    public ManualHost Host { get; }

    public SqliteDatabase Database { get; }

    public IPurseGrain Purse(string name) => Host.Grains.GetGrain<IPurseGrain>(name);

    /// <summary>Starts a payment, and runs all that can run before something is on the disk.</summary>
    public Task Pay(string payment, string from, string to) => Host.Start(() => Purse(from).Pay(payment, to));

    /// <summary>Brings everything that was written to the disk.</summary>
    public void Flush()
    {
        Write();
        Host.Settle();
    }

    /// <summary>Brings everything that was written to the disk, and runs nothing because of it yet.</summary>
    public void Write()
    {
        Assert.NotEqual(0, Database.Waiting.Writes);
        _threads.Step("writer");
    }

    /// <summary>Lets the records be read that are asked for.</summary>
    public void Read()
    {
        Assert.NotEqual(0, Database.Waiting.Reads);
        _threads.Step("reader");
        Host.Settle();
    }

    /// <summary>Does what is needed for something to end.</summary>
    public void Finish(Task task)
    {
        while (!task.IsCompleted)
        {
            if (Database.Waiting.Reads > 0) Read();
            else Flush();
        }

        task.GetAwaiter().GetResult();
    }

    /// <summary>The file as it would be found if the power failed now.</summary>
    public string Cut(string folder)
    {
        Directory.CreateDirectory(folder);
        var copy = Path.Combine(folder, "cut.db");
        foreach (var part in s_parts) File.Copy(_dataSource + part, copy + part, overwrite: true);
        return copy;
    }

    public void Dispose()
    {
        Host.Silo.Kill();
        _threads.Release();
        Host.Dispose();
        SqliteConnection.ClearAllPools();
    }
}
