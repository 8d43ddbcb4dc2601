namespace Orleans.Conformance;

public interface IFilteredGrain : IGrainWithStringKey
{
    Task<string> Say(string word);

    ValueTask<int> Number(int number);

    Task<string> SayThrough(string other, string word);

    Task Refused();

    Task<string[]> Seen();

    Task Guarded();

    Task<int> FailOnce();

    Task<int> FailOnceThrough(string other);
}

public sealed class FilteredGrain : Grain, IFilteredGrain, IIncomingGrainCallFilter
{
    private readonly List<string> _seen = [];
    private int _tries;

    public Task<string> Say(string word) => Task.FromResult(word);

    public ValueTask<int> Number(int number) => new(number);

    public Task<string> SayThrough(string other, string word) => GrainFactory.GetGrain<IFilteredGrain>(other).Say(word);

    public Task Refused() => Task.CompletedTask;

    public Task<string[]> Seen() => Task.FromResult<string[]>([.. _seen]);

    public Task Guarded() => Task.CompletedTask;

    public Task<int> FailOnce() => ++_tries == 1 ? Task.FromException<int>(new RefusedException("once")) : Task.FromResult(_tries);

    public Task<int> FailOnceThrough(string other) => GrainFactory.GetGrain<IFilteredGrain>(other).FailOnce();

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        _seen.Add($"{RequestContext.Get("filters")} {context.MethodName} {context.ImplementationMethod.DeclaringType!.Name}");
        await context.Invoke();
    }
}
