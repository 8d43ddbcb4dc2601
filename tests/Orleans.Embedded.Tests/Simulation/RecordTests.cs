using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Storage;

namespace Orleans.Simulation;

/// <summary>What the simulated disk keeps of a state: what was written, whatever becomes of the object.</summary>
public sealed class RecordTests
{
    private const string Key = "n";

    [Fact]
    public void What_a_grain_changes_after_writing_is_not_durable()
    {
        using var cluster = Create();
        cluster.Run(async process =>
        {
            await process.Grains.GetGrain<INoteGrain>(Key).WriteMutable(1);
            await process.Grains.GetGrain<INoteGrain>(Key).ChangeMutableInMemory(2);
        });

        Assert.Equal(1, Record(cluster, "mutable").Read<MutableNote>().Number);
    }

    [Fact]
    public void An_immutable_state_is_the_object_that_was_written()
    {
        using var cluster = Create();
        var written = new ImmutableNote { Number = 7, Self = null };
        cluster.Run(process => process.Grains.GetGrain<INoteGrain>(Key).Write(written));

        Assert.Same(written, Record(cluster, "note").Read<ImmutableNote>());
        Assert.Equal("""{"0":7}""", System.Text.Encoding.UTF8.GetString(Record(cluster, "note").Content.Span));
    }

    [Fact]
    public void A_grain_that_starts_again_has_read_the_form_of_an_immutable_state()
    {
        using var cluster = Create();
        var written = new ImmutableNote { Number = 7 };
        cluster.Run(process => process.Grains.GetGrain<INoteGrain>(Key).Write(written));
        cluster.CrashSilo();
        var read = cluster.Run(process => process.Grains.GetGrain<INoteGrain>(Key).Read());

        Assert.Equal(written, read);
        Assert.NotSame(written, read);
    }

    [Fact]
    public void An_immutable_state_that_no_storage_could_keep_is_refused_when_it_is_written()
    {
        using var cluster = Create();
        var error = cluster.Run(async process => await Assert.ThrowsAnyAsync<Exception>(() => process.Grains.GetGrain<INoteGrain>(Key).WriteUnkeepable()));

        Assert.Contains(nameof(UnkeepableNote.Forgotten), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reference_in_an_immutable_state_belongs_to_the_life_of_the_silo_that_reads_it()
    {
        using var cluster = Create();
        cluster.Run(process => process.Grains.GetGrain<INoteGrain>(Key).WriteWithSelf(7));
        for (var life = 0; life < 3; life++)
        {
            cluster.CrashSilo();
            Assert.Equal(7, cluster.Run(process => process.Grains.GetGrain<INoteGrain>(Key).ReadThroughSelf()));
        }
    }

    private static SimulatedRecord Record(SimulatedCluster cluster, string state) => cluster.Disk.Records.Single(record => record.StateName == state);

    private static SimulatedCluster Create() => new(new SimulationOptions
    {
        Seed = 1,
        ConfigureSilo = static silo => silo.UseGrainClasses(typeof(NoteGrain)),
    });
}

[Alias("sim.note")]
public interface INoteGrain : IGrainWithStringKey
{
    [Alias("write")]
    Task Write(ImmutableNote written);

    [Alias("write-with-self")]
    Task WriteWithSelf(int number);

    [Alias("read")]
    Task<ImmutableNote> Read();

    /// <summary>Reads the number over the reference in the state.</summary>
    [Alias("read-through-self")]
    Task<int> ReadThroughSelf();

    [Alias("number")]
    Task<int> Number();

    [Alias("write-mutable")]
    Task WriteMutable(int number);

    [Alias("write-unkeepable")]
    Task WriteUnkeepable();

    [Alias("change-mutable")]
    Task ChangeMutableInMemory(int number);
}

[GenerateSerializer, Immutable, Alias("sim.immutable-note")]
public sealed record ImmutableNote
{
    [Id(0)]
    public int Number { get; init; }

    [Id(1)]
    public INoteGrain? Self { get; init; }
}

[GenerateSerializer, Immutable, Alias("sim.unkeepable-note")]
public sealed record UnkeepableNote
{
    public int Forgotten { get; init; }
}

[GenerateSerializer, Alias("sim.mutable-note")]
public sealed class MutableNote
{
    [Id(0)]
    public int Number { get; set; }
}

[Concurrency.Reentrant]
public sealed class NoteGrain(
    [PersistentState("note", "sim")] IPersistentState<ImmutableNote> note,
    [PersistentState("mutable", "sim")] IPersistentState<MutableNote> mutable,
    [FromKeyedServices("sim")] IGrainStorage storage) : Grain, INoteGrain
{
    public Task Write(ImmutableNote written)
    {
        note.State = written;
        return note.WriteStateAsync();
    }

    public Task WriteWithSelf(int number) => Write(new ImmutableNote { Number = number, Self = this.AsReference<INoteGrain>() });

    public Task<ImmutableNote> Read() => Task.FromResult(note.State);

    public Task<int> ReadThroughSelf() => note.State.Self!.Number();

    public Task<int> Number() => Task.FromResult(note.State.Number);

    public Task WriteMutable(int number)
    {
        mutable.State.Number = number;
        return mutable.WriteStateAsync();
    }

    public Task WriteUnkeepable() =>
        storage.WriteStateAsync("unkeepable", this.GetGrainId(), new GrainState<UnkeepableNote>(new UnkeepableNote { Forgotten = 1 }));

    public Task ChangeMutableInMemory(int number)
    {
        mutable.State.Number = number;
        return Task.CompletedTask;
    }
}
