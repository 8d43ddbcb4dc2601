#pragma warning disable CA1002, CA1051, CA2211, IDE0032, IDE0044, MA0016, MA0069 // broken on purpose

using System.Collections.Immutable;

namespace ProvingMarket.Grains.Interfaces.Tests.Samples;

/// <summary>Messages that each break one rule, to see the rules catch them.</summary>
public static class BrokenMessages
{
    [GenerateSerializer, Immutable, Alias("pm.sample")]
    public record NotSealed
    {
        [Id(0)] public int Number { get; init; }
    }

    [GenerateSerializer, Immutable, Alias("pm.sample")]
    public sealed class NotARecord
    {
        [Id(0)] public int Number { get; init; }
    }

    public record Parent;

    [GenerateSerializer, Immutable, Alias("pm.sample")]
    public sealed record Derived : Parent
    {
        [Id(0)] public int Number { get; init; }
    }

    [GenerateSerializer, Immutable, Alias("pm.sample")]
    public record struct MutableStruct
    {
        [Id(0)] public int Number { get; init; }
    }

    [GenerateSerializer, Immutable, Alias("pm.sample")]
    public sealed record Generic<T>
    {
        [Id(0)] public int Number { get; init; }
    }

    [Immutable, Alias("pm.sample")]
    public sealed record WithoutSerializer
    {
        [Id(0)] public int Number { get; init; }
    }

    [GenerateSerializer, Alias("pm.sample")]
    public sealed record NotMarkedImmutable
    {
        [Id(0)] public int Number { get; init; }
    }

    [GenerateSerializer, Immutable]
    public sealed record WithoutAlias
    {
        [Id(0)] public int Number { get; init; }
    }

    [GenerateSerializer, Immutable, Alias("sample")]
    public sealed record ForeignAlias
    {
        [Id(0)] public int Number { get; init; }
    }

    [GenerateSerializer, Immutable, Alias("pm.sample"), Alias("pm.other")]
    public sealed record TwoAliases
    {
        [Id(0)] public int Number { get; init; }
    }

    [GenerateSerializer, Immutable, Alias("pm.sample")]
    public sealed record OnlyMadeWithArguments([property: Id(0)] int Number);

    [GenerateSerializer, Immutable, Alias("pm.sample")]
    public sealed record Settable
    {
        [Id(0)] public int Number { get; set; }
    }

    [GenerateSerializer, Immutable, Alias("pm.sample")]
    public sealed record PrivatelySettable
    {
        [Id(0)] public int Number { get; private set; }
    }

    [GenerateSerializer, Immutable, Alias("pm.sample")]
    public sealed record Unreadable
    {
        [Id(0)] internal int Number { get; init; }
    }

    [GenerateSerializer, Immutable, Alias("pm.sample")]
    public sealed record GetOnly
    {
        [Id(0)] public int Number { get; } = 1;
    }

    [GenerateSerializer, Immutable, Alias("pm.sample")]
    public sealed record PublicField
    {
        [Id(0)] public int Number;
    }

    [GenerateSerializer, Immutable, Alias("pm.sample")]
    public sealed record PrivateField
    {
        private readonly int _number = 1;

        public int Computed => _number;
    }

    [GenerateSerializer, Immutable, Alias("pm.sample")]
    public sealed record StaticField
    {
        public static int Shared;

        [Id(0)] public int Number { get; init; }
    }

    [GenerateSerializer, Immutable, Alias("pm.sample")]
    public readonly struct WrapperOfItsOwn
    {
        [Id(0)] private readonly byte[]? _content;

        public WrapperOfItsOwn(byte[] content) => _content = content;

        public int Length => _content?.Length ?? 0;
    }

    [GenerateSerializer, Immutable, Alias("pm.sample")]
    public sealed record Holding<T>
    {
        [Id(0)] public T? Content { get; init; }
    }

    [GenerateSerializer, Immutable, Alias("pm.sample")]
    public sealed record WithoutId
    {
        [Id(0)] public int Number { get; init; }

        public int Other { get; init; }
    }

    [GenerateSerializer, Immutable, Alias("pm.sample")]
    public sealed record IdTwice
    {
        [Id(0)] public int Number { get; init; }

        [Id(0)] public int Other { get; init; }
    }

    [GenerateSerializer, Immutable, Alias("pm.sample")]
    public sealed record IdLeftOut
    {
        [Id(0)] public int Number { get; init; }

        [Id(2)] public int Other { get; init; }
    }

    [GenerateSerializer, Immutable, Alias("pm.sample")]
    public sealed record IdNotFromZero
    {
        [Id(1)] public int Number { get; init; }
    }

    [GenerateSerializer, Immutable, Alias("pm.sample.outer")]
    public sealed record ReachesABrokenOne
    {
        [Id(0)] public ImmutableArray<Settable> Inner { get; init; } = [];
    }

    [GenerateSerializer, Immutable, Alias("pm.sample.SoundMessage")]
    public sealed record SharesAnAlias
    {
        [Id(0)] public SoundMessage? Other { get; init; }
    }

    public enum LongEnum : long
    {
        None,
    }
}
