using System.Collections.Immutable;
using System.Numerics;

namespace Orleans.Embedded.Tests.Serialization;

public enum Colour
{
    None,
    Red,
    Green,
}

[GenerateSerializer, Immutable, Alias("sample.key")]
public readonly record struct Key([property: Id(0)] string Name, [property: Id(1)] int Number);

[GenerateSerializer, Immutable, Alias("sample.everything")]
public sealed record Everything
{
    [Id(0)] public string Text { get; init; } = "";
    [Id(1)] public long Long { get; init; }
    [Id(2)] public decimal Decimal { get; init; }
    [Id(3)] public TimeSpan Duration { get; init; }
    [Id(4)] public DateTimeOffset Time { get; init; }
    [Id(5)] public Guid Guid { get; init; }
    [Id(6)] public UInt128 Wide { get; init; }
    [Id(7)] public BigInteger Big { get; init; }
    [Id(8)] public Colour Colour { get; init; }
    [Id(9)] public Colour? MaybeColour { get; init; }
    [Id(10)] public int? MaybeNumber { get; init; }
    [Id(11)] public ImmutableArray<int> Numbers { get; init; }
    [Id(12)] public ImmutableArray<byte> Bytes { get; init; }
    [Id(13)] public ReadOnlyMemory<byte> Memory { get; init; }
    [Id(14)] public ImmutableDictionary<string, long> ByName { get; init; } = ImmutableDictionary<string, long>.Empty;
    [Id(15)] public ImmutableDictionary<Key, Colour> ByKey { get; init; } = ImmutableDictionary<Key, Colour>.Empty;
    [Id(16)] public ImmutableSortedDictionary<Key, int>? Sorted { get; init; }
    [Id(17)] public Key Key { get; init; }
    [Id(18)] public Shape? Shape { get; init; }
    [Id(19)] public double Double { get; init; }
    [Id(20)] public (int Count, string Name) Pair { get; init; }
    [Id(21)] public ImmutableArray<Shape> Shapes { get; init; }
}

[GenerateSerializer, Immutable, Alias("sample.shape")]
public abstract record Shape
{
    [Id(0)] public string Label { get; init; } = "";
}

[GenerateSerializer, Immutable, Alias("sample.circle")]
public sealed record Circle([property: Id(0)] int Radius) : Shape;

[GenerateSerializer, Immutable, Alias("sample.box")]
public sealed record Box([property: Id(0)] int Width, [property: Id(1)] int Height = 7) : Shape;

[GenerateSerializer, Immutable, Alias("sample.positional")]
public sealed record Positional([property: Id(0)] string Name, [property: Id(5)] ImmutableArray<int> Numbers, [property: Id(2)] int Count = 42);

[GenerateSerializer, Immutable, Alias("sample.begun")]
public sealed record Begun
{
    [Id(0)] public ImmutableArray<int> Numbers { get; init; } = [1, 2];
    [Id(1)] public ImmutableSortedDictionary<string, int> Names { get; init; } = ImmutableSortedDictionary<string, int>.Empty.Add("a", 1);
    [Id(2)] public string Text { get; init; } = "text";
    [Id(3)] public long Number { get; init; } = 3;
    [Id(4)] public Colour? Colour { get; init; } = Serialization.Colour.Red;
}

[GenerateSerializer, Immutable, Alias("sample.implicit")]
public sealed record Implicit(string First, int Second);

[GenerateSerializer, Alias("sample.counter")]
public sealed class CounterState
{
    [Id(0)] public int Value { get; set; }

    [Id(1)] public string? Owner { get; private set; }

    public int Twice => Value * 2;

    public CounterState OwnedBy(string owner)
    {
        Owner = owner;
        return this;
    }
}

[GenerateSerializer, Alias("sample.node")]
public sealed record Node([property: Id(0)] Node? Next, [property: Id(1)] int Number);

[GenerateSerializer, Immutable, Alias("sample.fixed")]
public sealed record Fixed
{
    public Fixed(int value) => Value = value;

    [Id(0)] public int Value { get; }
}

[GenerateSerializer, Immutable, Alias("sample.positive")]
public sealed record Positive
{
    public Positive(int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
        Value = value;
    }

    [Id(0)] public int Value { get; }
}
