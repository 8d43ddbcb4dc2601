namespace Orleans.Conformance;

public interface ICallBase : IGrainWithStringKey
{
    Task<string> Inherited(string value);
}

[Alias("conformance.calls")]
public interface ICallGrain : ICallBase
{
    Task Nothing();

    Task<int> Sum(int a, int b);

    [Alias("SumOfThree")]
    Task<long> Sum(int a, long b, byte c);

    ValueTask Touch();

    ValueTask<string> Concat(string first, string? second);

    Task<int> Touched();

    Task<Message> Echo(Message message);

    Task<T[]> Arrays(int[] numbers, T[] texts, (int, string) pair, int? maybe);

    Task<ICallGrain> Self();

    Task<string> CallBack(ICallGrain other, string value);

    Task<int> CalledByOther();
}

[GenerateSerializer, Immutable, Alias("conformance.T")]
public sealed record T([property: Id(0)] string Text);

[GenerateSerializer, Immutable, Alias("conformance.message")]
public sealed record Message([property: Id(0)] string Text, [property: Id(1)] int Number);

public interface INumberedGrain : IGrainWithIntegerKey
{
    Task<long> Key();

    Task<string> Id();
}

public sealed class CallGrain : Grain, ICallGrain
{
    private int _touched;

    public Task<string> Inherited(string value) => Task.FromResult($"{this.GetPrimaryKeyString()}:{value}");

    public Task Nothing() => Task.CompletedTask;

    public Task<int> Sum(int a, int b) => Task.FromResult(a + b);

    public async Task<long> Sum(int a, long b, byte c)
    {
        await Task.Yield();
        return a + b + c;
    }

    public ValueTask Touch()
    {
        _touched++;
        return default;
    }

    public async ValueTask<string> Concat(string first, string? second)
    {
        await Task.Yield();
        return first + second;
    }

    public Task<int> Touched() => Task.FromResult(_touched);

    public Task<Message> Echo(Message message) => Task.FromResult(message);

    public Task<T[]> Arrays(int[] numbers, T[] texts, (int, string) pair, int? maybe) =>
        Task.FromResult<T[]>([.. texts, new T($"{numbers.Sum()}/{pair.Item1}/{pair.Item2}/{maybe}")]);

    public Task<ICallGrain> Self() => Task.FromResult(this.AsReference<ICallGrain>());

    public Task<string> CallBack(ICallGrain other, string value) => other.Inherited(value);

    public Task<int> CalledByOther() => Task.FromResult(++_touched);
}

public sealed class NumberedGrain : Grain, INumberedGrain
{
    public Task<long> Key() => Task.FromResult(this.GetPrimaryKeyLong());

    public Task<string> Id() => Task.FromResult(this.GetGrainId().ToString());
}
