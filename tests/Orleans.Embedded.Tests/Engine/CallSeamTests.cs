using Orleans.Concurrency;
using Orleans.Conformance;
using Orleans.Runtime;
using Orleans.Runtime.Calls;

namespace Orleans.Engine;

/// <summary>What connections build on: calls that are taken apart on one side and put together on the other.</summary>
public sealed class CallSeamTests
{
    [Fact]
    public void Names_on_the_wire_are_aliases_or_names()
    {
        var methods = GrainInterface.Of(typeof(ICallGrain));

        Assert.Equal("conformance.calls", methods.Name);
        Assert.NotNull(methods.FindMethod("Sum(System.Int32,System.Int32)"));
        Assert.NotNull(methods.FindMethod("SumOfThree"));
        Assert.NotNull(methods.FindMethod("Echo(conformance.message)"));
        Assert.NotNull(methods.FindMethod("Arrays(System.Int32[],conformance.T[],System.ValueTuple`2[System.Int32,System.String],System.Nullable`1[System.Int32])"));
        Assert.Null(methods.FindMethod("Inherited(System.String)"));
        Assert.NotNull(GrainInterface.Of(typeof(ICallBase)).FindMethod("Inherited(System.String)"));
    }

    [Fact]
    public void Arguments_are_visited_with_their_types_and_can_be_put_into_another_call()
    {
        var method = GrainInterface.Of(typeof(ICallGrain)).Methods.Single(method => method.Info.Name == nameof(ICallGrain.Arrays));
        var call = method.CreateCall();
        int[] numbers = [1, 2];
        call.SetArgument(0, numbers);
        call.SetArgument(2, (3, "three"));
        var writer = new Recorder();
        call.VisitArguments(writer);
        var copy = method.CreateCall();
        copy.VisitArguments(new Filler(writer.Values));

        Assert.Equal([typeof(int[]), typeof(T[]), typeof((int, string)), typeof(int?)], writer.Types);
        Assert.Same(numbers, copy.GetArgument(0));
        Assert.Null(copy.GetArgument(1));
        Assert.Equal((3, "three"), copy.GetArgument(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => copy.GetArgument(4));
        Assert.Throws<InvalidCastException>(() => copy.SetArgument(0, "text"));
    }

    [Fact]
    public void A_received_call_tells_its_sink()
    {
        using var host = new ManualHost();
        var sink = new Sink();
        var call = GrainInterface.Of(typeof(ICallGrain)).Methods.Single(method => method.Key == "Sum(System.Int32,System.Int32)").CreateCall();
        call.Target = GrainId.Create("call", "received");
        call.SetArgument(0, 20);
        call.SetArgument(1, 22);
        call.Sink = sink;
        host.Silo.Send(call);
        host.Settle();

        var result = new Recorder();
        Assert.Same(call, Assert.Single(sink.Completed));
        Assert.Null(call.Error);
        call.VisitResult(result);
        Assert.Equal([42], result.Values);
    }

    [Fact]
    public void A_received_call_that_fails_tells_its_sink()
    {
        using var host = new ManualHost();
        var sink = new Sink();
        foreach (var (type, key) in new[] { (typeof(IThrowingGrain), "throwing"), (typeof(IThrowingGrain), "nobody") })
        {
            var call = GrainInterface.Of(type).Methods.Single(method => method.Info.Name == nameof(IThrowingGrain.Throw)).CreateCall();
            call.Target = GrainId.Create(key, "x");
            call.Sink = sink;
            host.Silo.Send(call);
        }

        host.Settle();
        Assert.Collection(
            sink.Completed.OrderBy(call => call.Target),
            call => Assert.Contains("no grain class", Assert.IsType<OrleansMessageRejectionException>(call.Error).Message, StringComparison.Ordinal),
            call => Assert.IsType<RefusedException>(call.Error));
    }

    [Fact]
    public void A_call_is_settled_once()
    {
        var call = GrainInterface.Of(typeof(ICallGrain)).Methods.Single(method => method.Key == "Sum(System.Int32,System.Int32)").CreateCall();

        Assert.True(call.TrySetResult(new Filler([5])));
        Assert.False(call.TrySetException(new TimeoutException()));
        Assert.False(call.TrySetBoxedResult(6));
        Assert.Null(call.Error);
    }

    [Theory]
    [InlineData(typeof(IGeneric), "type parameters")]
    [InlineData(typeof(IByReference), "by reference")]
    [InlineData(typeof(IReturnsInt), "returns System.Int32")]
    [InlineData(typeof(IStreams), "returns System.Collections.Generic.IAsyncEnumerable")]
    [InlineData(typeof(IProperty), "no properties")]
    [InlineData(typeof(ITwoTokens), "last")]
    [InlineData(typeof(IOneWayResult), "one-way")]
    [InlineData(typeof(ISameAlias), "two methods named 'x'")]
    public void What_cannot_be_called_is_refused_with_its_reason(Type type, string reason)
    {
        var refused = Assert.Throws<NotSupportedException>(() => GrainInterface.Of(type).Methods);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.Contains(type.Name, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(string))]
    [InlineData(typeof(IDisposable))]
    [InlineData(typeof(IDisposableGrain))]
    public void What_is_no_grain_interface_is_refused(Type type) => Assert.Throws<ArgumentException>(() => GrainInterface.Of(type));

    [Fact]
    public void Interfaces_need_not_be_public()
    {
        using var host = new ManualHost();

        Assert.Equal(new Hidden(4), host.Run(async () => await host.Grains.GetGrain<IHiddenGrain>("hidden").Next(new Hidden(3))));
    }

    public interface IGeneric : IGrainWithStringKey
    {
        Task M<TArgument>();
    }

    public interface IByReference : IGrainWithStringKey
    {
        Task M(ref int x);
    }

    public interface IReturnsInt : IGrainWithStringKey
    {
        int M();
    }

    public interface IStreams : IGrainWithStringKey
    {
        IAsyncEnumerable<int> M();
    }

    public interface IProperty : IGrainWithStringKey
    {
        Task<int> P { get; }
    }

    public interface ITwoTokens : IGrainWithStringKey
    {
        Task M(CancellationToken first, CancellationToken second);
    }

    public interface IOneWayResult : IGrainWithStringKey
    {
        [OneWay]
        Task<int> M();
    }

    public interface ISameAlias : IGrainWithStringKey
    {
        [Alias("x")]
        Task M();

        [Alias("x")]
        Task N();
    }

    public interface IDisposableGrain : IGrainWithStringKey, IDisposable
    {
        Task M();
    }

    private interface IHiddenGrain : IGrainWithStringKey
    {
        ValueTask<Hidden> Next(Hidden hidden);
    }

    private sealed record Hidden(int Number);

    private sealed class HiddenGrain : Grain, IHiddenGrain
    {
        public ValueTask<Hidden> Next(Hidden hidden) => ValueTask.FromResult(new Hidden(hidden.Number + 1));
    }

    private sealed class Recorder : GrainCallVisitor
    {
        public List<Type> Types { get; } = [];

        public List<object?> Values { get; } = [];

        public override void Visit<TValue>(int index, ref TValue? value)
            where TValue : default
        {
            Assert.Equal(Types.Count, index);
            Types.Add(typeof(TValue));
            Values.Add(value);
        }
    }

    private sealed class Filler(List<object?> values) : GrainCallVisitor
    {
        public override void Visit<TValue>(int index, ref TValue? value)
            where TValue : default => value = (TValue?)values[index];
    }

    private sealed class Sink : IGrainCallSink
    {
        public List<GrainCall> Completed { get; } = [];

        public void OnCompleted(GrainCall call) => Completed.Add(call);
    }
}
