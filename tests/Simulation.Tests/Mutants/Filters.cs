using Microsoft.Extensions.DependencyInjection;

namespace ProvingMarket.Simulation.Tests.Mutants;

/// <summary>Ways to break calls.</summary>
internal static class Filters
{
    /// <summary>Does something else instead of the calls of a method; the result is what it returns.</summary>
    public static Func<IIncomingGrainCallContext, IServiceProvider, Task> Instead(
        string method, Func<IIncomingGrainCallContext, bool> when, Func<object?> result) => (call, _) =>
        {
            if (call.MethodName != method || !when(call)) return call.Invoke();
            call.Result = result();
            return Task.CompletedTask;
        };

    /// <summary>Does something before the calls of a method.</summary>
    public static Func<IIncomingGrainCallContext, IServiceProvider, Task> Before(
        string method, Func<IIncomingGrainCallContext, IServiceProvider, Task> act) => async (call, services) =>
        {
            if (call.MethodName == method) await act(call, services);
            await call.Invoke();
        };

    /// <summary>Does something after the calls of a method; it may change the result.</summary>
    public static Func<IIncomingGrainCallContext, IServiceProvider, Task> After(
        string method, Func<IIncomingGrainCallContext, IServiceProvider, Task> act) => async (call, services) =>
        {
            await call.Invoke();
            if (call.MethodName == method) await act(call, services);
        };

    /// <summary>An argument of a call.</summary>
    public static T Argument<T>(this IIncomingGrainCallContext call, int index) => (T)call.Request.GetArgument(index)!;

    /// <summary>The key of the called grain.</summary>
    public static string Key(this IIncomingGrainCallContext call) => call.TargetId.Key.ToString()!;

    public static IGrainFactory Grains(this IServiceProvider services) => services.GetRequiredService<IGrainFactory>();
}
