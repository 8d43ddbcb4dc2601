using System.Globalization;
using System.Text.Json;
using Orleans.Embedded.Tests.Storage;

namespace Orleans.Embedded.Tests.Outputs;

/// <summary>Payments between purses, with the disk, grains and clients going on a step at a time in any order. After each the power may fail: what is found then is what is on the disk.</summary>
internal sealed class ExternalSynchronySteps : IDisposable
{
    internal const int Choices = Operations * Purses * Purses;
    private const int Purses = 3;
    private const int Operations = 8;

    private readonly SqliteFixture _file = new();
    private readonly SynchronousHost _silo;
    private readonly List<(string Id, string From, string To, Task Answer)> _payments = [];
    private readonly Listener[] _listeners = new Listener[Purses];

    internal ExternalSynchronySteps()
    {
        _silo = new SynchronousHost(_file.Options.DataSource);
        for (var i = 0; i < Purses; i++) _listeners[i] = new Listener();
    }

    /// <summary>How often somebody had heard of something that the disk had only just got, and how often nobody had heard of what it did not have yet.</summary>
    internal (int Heard, int Kept) Seen { get; private set; }

    internal void Do(int choice)
    {
        var (from, to) = (choice % Purses, choice / Purses % Purses);
        switch (choice / (Purses * Purses))
        {
            case 0 or 1 when from != to:
                var id = string.Create(CultureInfo.InvariantCulture, $"p{_payments.Count}");
                _payments.Add((id, Name(from), Name(to), _silo.Purse(Name(from)).Pay(id, Name(to))));
                break;
            case 2 when to == 0:
                _ = _silo.Purse(Name(from)).Leave();
                break;
            case 2:
                _ = _silo.Purse(Name(from)).Watch(_silo.Host.Grains.CreateObjectReference<IPurseObserver>(_listeners[from]));
                break;
            case 3 when _silo.Database.Waiting.Writes > 0:
                _silo.Write();
                break;
            case 4 when _silo.Database.Waiting.Reads > 0:
                _silo.Read();
                break;
            default:
                for (var turns = 0; turns <= from + to; turns++) _silo.Host.Scheduler.RunOne();
                break;
        }

        Check();
    }

    public void Dispose()
    {
        _silo.Dispose();
        _file.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private void Check()
    {
        var (paid, received) = OnDisk();
        foreach (var (id, from, to, answer) in _payments)
        {
            Assert.True(!received.Contains((to, id)) || paid.Contains((from, id)), $"{id} was received without having been paid");
            if (answer.IsCompleted) Assert.True(answer.IsCompletedSuccessfully && received.Contains((to, id)), $"{id} was acknowledged and would be lost");
            else if (!paid.Contains((from, id))) Seen = (Seen.Heard, Seen.Kept + 1);
        }

        for (var i = 0; i < Purses; i++)
        {
            foreach (var id in _listeners[i].Heard.Where(id => !id.EndsWith("coming", StringComparison.Ordinal)))
            {
                Assert.True(received.Contains((Name(i), id)), $"{id} was told and would be lost");
                Seen = (Seen.Heard + 1, Seen.Kept);
            }
        }
    }

    private (HashSet<(string Purse, string Id)> Paid, HashSet<(string Purse, string Id)> Received) OnDisk()
    {
        var (paid, received) = (new HashSet<(string, string)>(), new HashSet<(string, string)>());
        using var connection = _file.Connect();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT grain_key, data FROM grain_record";
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            using var purse = JsonDocument.Parse(rows.GetString(1));
            Add(purse, nameof(Purse.Paid), rows.GetString(0), paid);
            Add(purse, nameof(Purse.Received), rows.GetString(0), received);
        }

        return (paid, received);
    }

    private static void Add(JsonDocument purse, string name, string key, HashSet<(string Purse, string Id)> ids)
    {
        if (!purse.RootElement.TryGetProperty(name, out var list)) return;
        foreach (var id in list.EnumerateArray()) ids.Add((key, id.GetString()!));
    }

    private static string Name(int purse) => ((char)('a' + purse)).ToString();
}
