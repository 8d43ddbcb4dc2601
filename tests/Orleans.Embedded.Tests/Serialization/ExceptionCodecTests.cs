using System.Text;
using System.Text.Json;
using Orleans.Runtime;
using Orleans.Serialization;
using ProvingMarket.Serialization;

namespace Orleans.Embedded.Tests.Serialization;

public sealed class ExceptionCodecTests
{
    [Theory]
    [InlineData(typeof(InvalidOperationException))]
    [InlineData(typeof(ArgumentNullException))]
    [InlineData(typeof(ArgumentOutOfRangeException))]
    [InlineData(typeof(ObjectDisposedException))]
    [InlineData(typeof(TimeoutException))]
    [InlineData(typeof(OperationCanceledException))]
    [InlineData(typeof(KeyNotFoundException))]
    [InlineData(typeof(OrleansException))]
    [InlineData(typeof(SiloUnavailableException))]
    [InlineData(typeof(Orleans.Storage.InconsistentStateException))]
    [InlineData(typeof(SampleException))]
    public void Known_types_come_back_with_their_message(Type type)
    {
        var sent = (Exception)Activator.CreateInstance(type, "what happened", new InvalidOperationException("why"))!;

        var received = RoundTrip(sent);

        Assert.IsType(type, received);
        Assert.Equal(sent.Message, received.Message);
        Assert.Equal("why", Assert.IsType<InvalidOperationException>(received.InnerException).Message);
    }

    [Fact]
    public void A_type_that_takes_only_a_message_is_built_without_its_cause() =>
        Assert.Equal("m", Assert.IsType<MessageOnlyException>(RoundTrip(new MessageOnlyException("m"))).Message);

    [Fact]
    public void A_type_that_cannot_be_built_from_a_message_becomes_one_that_carries_its_name()
    {
        var received = Assert.IsType<OrleansException>(RoundTrip(new NumberedException(7)));

        Assert.Equal($"{typeof(NumberedException).FullName}: number 7", received.Message);
    }

    [Theory]
    [InlineData(typeof(ArgumentException))]
    [InlineData(typeof(ArgumentNullException))]
    [InlineData(typeof(ArgumentOutOfRangeException))]
    public void The_parameter_that_an_exception_is_about_travels(Type type)
    {
        object[] arguments = type == typeof(ArgumentException) ? ["too dear", "price"] : ["price", "too dear"];
        var sent = (ArgumentException)Activator.CreateInstance(type, arguments)!;

        var received = Assert.IsAssignableFrom<ArgumentException>(RoundTrip(sent));

        Assert.Equal(("price", "too dear (Parameter 'price')"), (received.ParamName, received.Message));
        Assert.IsType(type, received);
    }

    [Fact]
    public void Members_with_an_id_travel()
    {
        var conflict = Assert.IsType<Orleans.Storage.InconsistentStateException>(RoundTrip(new Orleans.Storage.InconsistentStateException("changed", "2", "1")));
        var rich = Assert.IsType<RichException>(RoundTrip(new RichException("rich") { Code = 7, Key = new Key("k", 1), NotSent = "x" }));

        Assert.Equal(("2", "1"), (conflict.StoredEtag, conflict.CurrentEtag));
        Assert.Equal((7, new Key("k", 1), null), (rich.Code, rich.Key, rich.NotSent));
    }

    [Theory]
    [InlineData("System.Text.StringBuilder")]
    [InlineData("System.Diagnostics.Process")]
    [InlineData("No.Such.Exception")]
    [InlineData("System.InvalidOperationException, System.Private.CoreLib")]
    [InlineData("System.Exception[]")]
    [InlineData("")]
    public void Names_that_are_not_loaded_exception_types_build_nothing(string name)
    {
        var received = Read($$"""{"0":{{JsonSerializer.Serialize(name)}},"1":"m"}""");

        Assert.Equal($"{name}: m", Assert.IsType<OrleansException>(received).Message);
    }

    [Fact]
    public void A_long_chain_of_causes_is_cut()
    {
        var error = new InvalidOperationException("0");
        for (var i = 1; i < 1000; i++) error = new InvalidOperationException($"{i}", error);

        var depth = 0;
        for (var e = RoundTrip(error); e is not null; e = e.InnerException) depth++;

        Assert.Equal(9, depth);
    }

    [Fact]
    public void Stack_traces_travel_only_when_asked_for()
    {
        var thrown = Assert.Throws<InvalidOperationException>((Action)(() => throw new InvalidOperationException("x")));

        Assert.Null(RoundTrip(thrown).StackTrace);
        Assert.Contains(nameof(Stack_traces_travel_only_when_asked_for), RoundTrip(thrown, showStackTraces: true).StackTrace, StringComparison.Ordinal);
    }

    private static Exception RoundTrip(Exception error, bool showStackTraces = false)
    {
        using var buffer = new PooledBuffer(100_000, "limit");
        new ExceptionCodec(Json.Wire, showStackTraces).Write(buffer, error);
        return Read(Encoding.UTF8.GetString(buffer.Written));
    }

    private static Exception Read(string json)
    {
        var reader = Json.Wire.BeginRead(Encoding.UTF8.GetBytes(json));
        reader.Read();
        return new ExceptionCodec(Json.Wire, showStackTraces: false).Read(ref reader);
    }

    public sealed class SampleException(string message, Exception? inner) : Exception(message, inner);

    [GenerateSerializer]
    public sealed class RichException(string message) : Exception(message)
    {
        [Id(0)] public int Code { get; set; }

        [Id(1)] public Key Key { get; internal set; }

        public string? NotSent { get; set; }
    }

    public sealed class MessageOnlyException(string message) : Exception(message);

    public sealed class NumberedException(int number) : Exception($"number {number}");
}
