using System.Collections.Immutable;
using Orleans.Serialization;
using ProvingMarket.Serialization;

namespace Orleans.Embedded.Tests.Serialization;

public sealed class RefusalTests
{
    [Fact]
    public void An_unknown_alias_is_named_with_those_that_are_known()
    {
        var error = Assert.Throws<UnknownTypeAliasException>(() => Json.Wire.Read<Shape>("""{"sample.hexagon":{}}"""));

        Assert.Contains("'sample.hexagon'", error.Message, StringComparison.Ordinal);
        Assert.Contains("sample.box, sample.circle", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_type_name_is_never_taken_for_an_alias() =>
        Assert.Throws<UnknownTypeAliasException>(() => Json.Wire.Read<Shape>($$"""{"{{typeof(Circle).FullName}}": {} }"""));

    [Theory]
    [InlineData("""{"sample.box":{"1.0":1},"sample.circle":{}}""")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("""{"sample.box":""")]
    [InlineData("""{"sample.box":{"1.0":"text"}}""")]
    [InlineData("")]
    [InlineData("""{"sample.box":{}} {}""")]
    public void Malformed_text_is_a_serializer_exception(string json) => Assert.ThrowsAny<SerializerException>(() => Json.Wire.Read<Shape>(json));

    [Theory]
    [InlineData("[null]")]
    [InlineData("""["text"]""")]
    [InlineData("[1")]
    [InlineData("[1,2}")]
    public void Malformed_arrays_are_serializer_exceptions(string json)
    {
        Assert.ThrowsAny<SerializerException>(() => Json.Wire.Read<ImmutableArray<int>>(json));
        Assert.ThrowsAny<SerializerException>(() => Json.Storage.Read<ImmutableArray<ImmutableArray<int>>>($"[{json}]"));
    }

    [Fact]
    public void An_array_keeps_what_is_null_in_it()
    {
        ImmutableArray<Node?> nodes = [null, new Node(null, 3), null];

        Assert.Equal(nodes.AsEnumerable(), Json.Wire.Read<ImmutableArray<Node?>>(Json.Wire.Write(nodes)).AsEnumerable());
        Assert.Equal([1, null], Json.Wire.Read<ImmutableArray<int?>>("[1,null]").AsEnumerable());
    }

    [Theory]
    [InlineData("[[1,2]]")]
    [InlineData("[[")]
    [InlineData("{}")]
    [InlineData("""[[{"0":"a"},1]""")]
    [InlineData("""[[{"0":"a"},1,2]]""")]
    public void Malformed_maps_are_serializer_exceptions(string json) => Assert.ThrowsAny<SerializerException>(() => Json.Wire.Read<ImmutableDictionary<Key, int>>(json));

    [Fact]
    public void Types_that_do_not_say_they_travel_do_not_travel()
    {
        Assert.Contains("[GenerateSerializer]", Assert.Throws<CodecNotFoundException>(() => Json.Wire.Write(new Unmarked(1))).Message, StringComparison.Ordinal);
        Assert.Equal("""{"Value":1}""", Json.Storage.Write(new Unmarked(1)));
    }

    [Fact]
    public void Declarations_that_would_lose_data_are_refused()
    {
        Assert.Contains("Forgotten can be set but has no [Id]", Assert.Throws<CodecNotFoundException>(() => Json.Storage.Write(new WithoutId())).Message, StringComparison.Ordinal);
        Assert.Contains("same [Id(1)]", Assert.Throws<CodecNotFoundException>(() => Json.Storage.Write(new SameId())).Message, StringComparison.Ordinal);
        Assert.Contains("Hidden has an [Id] but is not public", Assert.Throws<CodecNotFoundException>(() => Json.Storage.Write(new HiddenMember())).Message, StringComparison.Ordinal);
        Assert.Contains("ReadOnly has an [Id] but neither", Assert.Throws<CodecNotFoundException>(() => Json.Storage.Write(new Unsettable())).Message, StringComparison.Ordinal);
        Assert.Contains("neither abstract nor sealed", Assert.Throws<CodecNotFoundException>(() => Json.Storage.Write(new Open())).Message, StringComparison.Ordinal);
        Assert.Contains("no [Alias]", Assert.Throws<CodecNotFoundException>(() => Json.Storage.Write<Nameless>(new NamelessChild())).Message, StringComparison.Ordinal);
        Assert.Contains("declared as object", Assert.Throws<CodecNotFoundException>(() => Json.Storage.Write(new Anything())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_type_refuses_is_a_serializer_exception()
    {
        Assert.Equal(3, Json.Wire.Read<Positive>("""{"0":3}""")!.Value);
        Assert.IsType<ArgumentOutOfRangeException>(Assert.Throws<SerializerException>(() => Json.Wire.Read<Positive>("""{"0":-3}""")).InnerException);
    }

    [Fact]
    public void Values_over_the_limits_are_refused_with_the_limit()
    {
        var codec = new JsonCodec(SerializedForm.Wire, new() { MaxBytes = 1000, MaxDepth = 10 });

        Assert.Equal(new string('x', 998), codec.Read<string>(codec.Write(new string('x', 998))));
        Assert.Contains("MaxBytes = 1000", Assert.Throws<SerializerLimitException>(() => codec.Write(new string('x', 999))).Message, StringComparison.Ordinal);
        Assert.Contains("MaxDepth = 10", Assert.Throws<SerializerLimitException>(() => codec.Write(Chain(11))).Message, StringComparison.Ordinal);
        Assert.Contains("MaxDepth = 10", Assert.Throws<SerializerLimitException>(() => codec.Read<Node>(Json.Wire.Write(Chain(11)))).Message, StringComparison.Ordinal);
        Assert.NotNull(codec.Read<Node>(codec.Write(Chain(8))));
    }

    [Fact]
    public void A_huge_integer_is_refused_quickly() =>
        Assert.Throws<SerializerException>(() => Json.Wire.Read<Everything>($$"""{"7":"{{new string('9', 1_000_000)}}"}"""));

    private static Node Chain(int length) => length == 0 ? new Node(null, 0) : new Node(Chain(length - 1), length);

    public sealed record Unmarked(int Value);

    [GenerateSerializer]
    public sealed class WithoutId
    {
        public int Forgotten { get; set; }
    }

    [GenerateSerializer]
    public sealed class SameId
    {
        [Id(1)] public int One { get; set; }

        [Id(1)] public int Other { get; set; }
    }

    [GenerateSerializer]
    public sealed class HiddenMember
    {
        [Id(0)] internal int Hidden { get; set; }
    }

    [GenerateSerializer]
    public sealed class Unsettable
    {
        [Id(0)] public int ReadOnly => 3;
    }

    [GenerateSerializer]
    public record Open;

    [GenerateSerializer]
    public sealed record Closed : Open;

    [GenerateSerializer]
    public abstract record Nameless;

    [GenerateSerializer]
    public sealed record NamelessChild : Nameless;

    [GenerateSerializer]
    public sealed class Anything
    {
        [Id(0)] public object? Value { get; set; }
    }
}
