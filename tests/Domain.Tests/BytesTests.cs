using System.Reflection;
using System.Text.Json;

namespace ProvingMarket.Domain.Tests;

public sealed class BytesTests
{
    [Fact]
    public void A_copy_does_not_follow_its_source()
    {
        byte[] source = [1, 2, 3];
        var bytes = Bytes.CopyOf(source);
        source[0] = 9;
        Assert.Equal([1, 2, 3], bytes.Span.ToArray());
    }

    [Fact]
    public void Nothing_it_gives_out_can_be_written_to()
    {
        // What callers get is ReadOnlySpan, ReadOnlyMemory, or a value of their own: no array, Span, Memory, stream or list.
        Type[] harmless = [typeof(int), typeof(bool), typeof(string), typeof(Bytes), typeof(ReadOnlySpan<byte>), typeof(ReadOnlyMemory<byte>), typeof(Type)];
        var returned = typeof(Bytes).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static).Select(method => method.ReturnType);
        Assert.Empty(returned.Except(harmless));
        Assert.Empty(typeof(Bytes).GetFields(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static));
        Assert.DoesNotContain(
            typeof(Bytes).GetConstructors(), constructor => constructor.GetParameters().Any(parameter => parameter.ParameterType == typeof(byte[])));
    }

    [Fact]
    public void The_default_is_empty()
    {
        var bytes = default(Bytes);
        Assert.Equal(0, bytes.Length);
        Assert.True(bytes.Span.IsEmpty);
        Assert.Equal(Bytes.Empty, bytes);
        Assert.Equal(Bytes.CopyOf([]), bytes);
        Assert.Equal(Bytes.CopyOf([]).GetHashCode(), bytes.GetHashCode());
        Assert.Equal("", bytes.ToUtf8String());
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", bytes.Sha256());
    }

    [Fact]
    public void Is_equal_by_content()
    {
        var a = Bytes.CopyOf([1, 2, 3]);
        var b = Bytes.CopyOf([1, 2, 3]);
        var c = Bytes.CopyOf([1, 2, 4]);
        Assert.True(a == b && a.Equals((object)b) && a.GetHashCode() == b.GetHashCode());
        Assert.True(a != c && !a.Equals((object)c) && !a.Equals("bytes"));
    }

    [Fact]
    public void Text_and_hash_are_of_the_content()
    {
        var bytes = Bytes.Utf8("abc");
        Assert.Equal("abc", bytes.ToUtf8String());
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", bytes.Sha256());
        Assert.True(bytes.Memory.Span.SequenceEqual(bytes.Span));
    }

    [Fact]
    public void Is_never_printed() => Assert.Equal("6 bytes", Bytes.Utf8("secret").ToString());

    [Fact]
    public void Json_is_base64()
    {
        var bytes = Bytes.CopyOf([0, 255, 7]);
        Assert.Equal("\"AP8H\"", JsonSerializer.Serialize(bytes));
        Assert.Equal(bytes, JsonSerializer.Deserialize<Bytes>("\"AP8H\""));
        Assert.Equal(Bytes.Empty, JsonSerializer.Deserialize<Bytes>("\"\""));
        foreach (var bad in new[] { "null", "1", "\"?\"", "[1]" }) Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Bytes>(bad));
    }
}
