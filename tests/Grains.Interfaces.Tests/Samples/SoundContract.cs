using System.Collections.Immutable;
using ProvingMarket.Domain;

namespace ProvingMarket.Grains.Interfaces.Tests.Samples;

/// <summary>A contract that keeps every rule and uses what is allowed.</summary>
[Alias("pm.sample.ISound")]
public interface ISound : ISoundBase
{
    [Alias("Ask")]
    Task<SoundMessage?> AskAsync(SoundMessage message, ImmutableArray<Credits> amounts, TimeSpan? patience, CancellationToken cancellationToken = default);

    [Alias("Tell")]
    ValueTask TellAsync(ISoundObserver observer);

    [Alias("Follow")]
    IAsyncEnumerable<SoundValue> FollowAsync();
}

[Alias("pm.sample.ISoundBase")]
public interface ISoundBase : IGrainWithStringKey
{
    [Alias("Count")]
    ValueTask<int> CountAsync();
}

[Alias("pm.sample.ISoundObserver")]
public interface ISoundObserver : IGrainObserver
{
    [Alias("Told")]
    Task ToldAsync(SoundMessage message);
}

[GenerateSerializer, Immutable, Alias("pm.sample.SoundMessage")]
public sealed record SoundMessage
{
    public static readonly SoundMessage Default = new() { Name = "" };

    [Id(0)] public required string Name { get; init; }

    [Id(1)] public ImmutableSortedDictionary<SoundKind, ImmutableArray<Bytes?>> Table { get; init; } = ImmutableSortedDictionary<SoundKind, ImmutableArray<Bytes?>>.Empty;

    [Id(2)] public SoundMessage? Inner { get; init; }

    [Id(3)] public int Loudness { get; init; } = 11;

    public int Computed => Name.Length;
}

[GenerateSerializer, Immutable, Alias("pm.sample.SoundValue")]
public readonly record struct SoundValue
{
    public SoundValue(long number) => Number = number;

    [Id(0)] public long Number { get; init; }
}

public enum SoundKind
{
    None,
    Some,
}

internal sealed class SoundGrain([PersistentState("words", "market")] IPersistentState<SoundMessage> words) : Grain, ISoundBase
{
    public ValueTask<int> CountAsync() => ValueTask.FromResult(words.State.Computed);
}

[GrainType("named")]
internal sealed class RenamedGrain([PersistentState("numbers", "market")] IPersistentState<SoundValue> numbers) : Grain, ISoundBase
{
    public ValueTask<int> CountAsync() => ValueTask.FromResult((int)numbers.State.Number);
}
