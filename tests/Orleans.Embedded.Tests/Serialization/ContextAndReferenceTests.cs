using System.Text;
using System.Text.Json;
using Orleans.Runtime;
using Orleans.Serialization;
using ProvingMarket.Serialization;

namespace Orleans.Embedded.Tests.Serialization;

public sealed class ContextAndReferenceTests
{
    [Fact]
    public void Context_values_keep_their_types()
    {
        var values = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["text"] = "s", ["flag"] = true, ["int"] = 1, ["long"] = 2L, ["double"] = 0.5, ["decimal"] = 1.10m,
            ["guid"] = Guid.Empty, ["time"] = DateTimeOffset.UnixEpoch, ["span"] = TimeSpan.FromSeconds(3),
        };
        using var buffer = new PooledBuffer(100_000, "limit");
        var writer = JsonCodec.BeginWrite(buffer);
        new ContextCodec(Json.Wire).Write(writer, values);
        writer.Flush();

        Assert.Equal(values, Read(Encoding.UTF8.GetString(buffer.Written)));
    }

    [Fact]
    public void Context_values_of_other_types_are_refused_by_name()
    {
        using var buffer = new PooledBuffer(100_000, "limit");
        var error = Assert.Throws<CodecNotFoundException>(() =>
            new ContextCodec(Json.Wire).Write(JsonCodec.BeginWrite(buffer), new(StringComparer.Ordinal) { ["uri"] = new Uri("http://localhost") }));

        Assert.Contains("'uri'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"a":"s"}""")]
    [InlineData("""{"a":["s"]}""")]
    [InlineData("""{"a":["?",1]}""")]
    [InlineData("""{"a":["s","x",1]}""")]
    [InlineData("""{"a":["s",null]}""")]
    [InlineData("""{"a":["i","x"]}""")]
    public void Malformed_contexts_are_refused(string json) => Assert.ThrowsAny<JsonException>(() => Read(json));

    [Fact]
    public void Identities_are_text()
    {
        var id = GrainId.Create("race", "request/1");

        Assert.Equal("\"race/request/1\"", Json.Wire.Write(id));
        Assert.Equal(id, Json.Wire.Read<GrainId>("\"race/request/1\""));
        Assert.Equal(default, Json.Wire.Read<GrainId>(Json.Wire.Write(default(GrainId))));
        Assert.ThrowsAny<SerializerException>(() => Json.Wire.Read<GrainId>("\"no slash\""));
    }

    [Fact]
    public void References_are_read_through_the_resolver_and_objects_are_refused()
    {
        var resolver = new Resolver();
        var codec = new JsonCodec(SerializedForm.Wire, references: resolver);

        Assert.Same(resolver.Reference, codec.Read<IWatcher>("\"client/1\""));
        Assert.Equal((GrainId.Create("client", "1"), typeof(IWatcher)), resolver.Asked);
        Assert.Null(codec.Read<IWatcher>("null"));
        Assert.ThrowsAny<SerializerException>(() => codec.Read<IWatcher>("\"nonsense\""));
        Assert.Contains("CreateObjectReference", Assert.Throws<CodecNotFoundException>(() => codec.Write<IWatcher>(resolver.Reference)).Message, StringComparison.Ordinal);
        Assert.Throws<CodecNotFoundException>(() => Json.Wire.Read<IWatcher>("\"client/1\""));
    }

    private static Dictionary<string, object> Read(string json)
    {
        var reader = Json.Wire.BeginRead(Encoding.UTF8.GetBytes(json));
        reader.Read();
        return new ContextCodec(Json.Wire).Read(ref reader);
    }

    public interface IWatcher : IGrainObserver;

    private sealed class Resolver : IReferenceResolver
    {
        internal Watcher Reference { get; } = new();

        internal (GrainId GrainId, Type InterfaceType) Asked { get; private set; }

        public object CreateReference(GrainId grainId, Type interfaceType)
        {
            Asked = (grainId, interfaceType);
            return Reference;
        }
    }

    private sealed class Watcher : IWatcher;
}
