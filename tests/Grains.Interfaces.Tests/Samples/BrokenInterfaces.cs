#pragma warning disable CA1003, CA1021, CA1024, CA1045, CA1068, MA0091, MA0137, MA0138 // broken on purpose

using Orleans.Concurrency;

namespace ProvingMarket.Grains.Interfaces.Tests.Samples;

/// <summary>Interfaces that each break one rule, to see the rules catch them.</summary>
public static class BrokenInterfaces
{
    public interface IWithoutAlias : IGrainWithStringKey
    {
        [Alias("Ask")]
        Task AskAsync();
    }

    [Alias("sample")]
    public interface IForeignAlias : IGrainWithStringKey
    {
        [Alias("Ask")]
        Task AskAsync();
    }

    [Alias("pm.sample")]
    public interface IWithoutKey : IGrain
    {
        [Alias("Ask")]
        Task AskAsync();
    }

    [Alias("pm.sample")]
    public interface ITwoKeys : IGrainWithStringKey, IGrainWithIntegerKey
    {
        [Alias("Ask")]
        Task AskAsync();
    }

    [Alias("pm.sample")]
    public interface IObserverAndGrain : IGrainObserver, IGrainWithStringKey
    {
        [Alias("Ask")]
        Task AskAsync();
    }

    [Alias("pm.sample")]
    public interface IGeneric<T> : IGrainWithStringKey
    {
        [Alias("Ask")]
        Task AskAsync();
    }

    [Alias("pm.sample")]
    internal interface INotPublic : IGrainWithStringKey
    {
        [Alias("Ask")]
        Task AskAsync();
    }

    [Alias("pm.sample")]
    public interface IWithProperty : IGrainWithStringKey
    {
        int Number { get; }
    }

    [Alias("pm.sample")]
    public interface IWithEvent : IGrainWithStringKey
    {
        event EventHandler Happened;
    }

    [Alias("pm.sample")]
    public interface IImplementsItself : IGrainWithStringKey
    {
        [Alias("Ask")]
        Task AskAsync() => Task.CompletedTask;
    }

    [Alias("pm.sample")]
    public interface IStaticMethod : IGrainWithStringKey
    {
        [Alias("Make")]
        static Task MakeAsync() => Task.CompletedTask;
    }

    [Alias("pm.sample")]
    public interface IMethodWithoutAlias : IGrainWithStringKey
    {
        Task AskAsync();
    }

    [Alias("pm.sample")]
    public interface IMethodAliasTwice : IGrainWithStringKey
    {
        [Alias("Ask")]
        Task AskAsync();

        [Alias("Ask")]
        Task TellAsync();
    }

    [Alias("pm.sample")]
    public interface IMethodAliasInherited : ISoundBase
    {
        [Alias("Count")]
        Task TellAsync();
    }

    [Alias("pm.sample")]
    public interface IOverloads : IGrainWithStringKey
    {
        [Alias("Ask")]
        Task AskAsync();

        [Alias("AskFor")]
        Task AskAsync(int number);
    }

    [Alias("pm.sample")]
    public interface IOverloadsInherited : ISoundBase
    {
        [Alias("CountFrom")]
        Task CountAsync(int number);
    }

    [Alias("pm.sample")]
    public interface IGenericMethod : IGrainWithStringKey
    {
        [Alias("Ask")]
        Task AskAsync<T>();
    }

    [Alias("pm.sample")]
    public interface IReturnsNothing : IGrainWithStringKey
    {
        [Alias("Ask")]
        void AskAsync();
    }

    [Alias("pm.sample")]
    public interface IReturnsAtOnce : IGrainWithStringKey
    {
        [Alias("Ask")]
        int AskAsync();
    }

    [Alias("pm.sample")]
    public interface IReturnsAList : IGrainWithStringKey
    {
        [Alias("Ask")]
        Task<List<int>> AskAsync();
    }

    [Alias("pm.sample")]
    public interface INotNamedAsync : IGrainWithStringKey
    {
        [Alias("Ask")]
        Task Ask();
    }

    [Alias("pm.sample")]
    public interface IByReference : IGrainWithStringKey
    {
        [Alias("Ask")]
        Task AskAsync(ref int number);
    }

    [Alias("pm.sample")]
    public interface IOutParameter : IGrainWithStringKey
    {
        [Alias("Ask")]
        Task AskAsync(out int number);
    }

    [Alias("pm.sample")]
    public interface ITokenFirst : IGrainWithStringKey
    {
        [Alias("Ask")]
        Task AskAsync(CancellationToken cancellationToken, int number);
    }

    [Alias("pm.sample")]
    public interface ITakesAnArray : IGrainWithStringKey
    {
        [Alias("Ask")]
        Task AskAsync(byte[] content);
    }

    [Alias("pm.sample")]
    public interface ITakesAFunction : IGrainWithStringKey
    {
        [Alias("Ask")]
        Task AskAsync(Func<int> function);
    }

    [Alias("pm.sample")]
    public interface IOneWay : IGrainWithStringKey
    {
        [Alias("Ask"), OneWay]
        Task AskAsync();
    }

    [Alias("pm.sample")]
    public interface IObserverThatReturnsNothing : IGrainObserver
    {
        [Alias("Told")]
        void ToldAsync();
    }

    [Alias("pm.sample.unmarked")]
    public interface ITakesAnUnmarkedMessage : IGrainWithStringKey
    {
        [Alias("Ask")]
        Task AskAsync(Unmarked message);
    }

    public sealed record Unmarked
    {
        public int Number { get; init; }
    }
}
