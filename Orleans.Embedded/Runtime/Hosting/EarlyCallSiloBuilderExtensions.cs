using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.Outputs;

namespace Orleans.Hosting;

/// <summary>Names calls of observers that need not wait for the disk. Not part of Orleans.</summary>
public static class EarlyCallSiloBuilderExtensions
{
    /// <summary>
    /// Says that observers may hear of something that is not on the disk yet, and is never there if the power fails before: what they do because of it must do no harm then.
    /// Such a call may overtake others that were made before it.
    /// Matters only with <see cref="Configuration.SqliteGrainStorageOptions.ExternalSynchrony"/>; without it, everything is on the disk before.
    /// </summary>
    /// <typeparam name="TObserver">The observers' interface.</typeparam>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="method">The method's name: a one-way one, declared by that interface and not overloaded.</param>
    /// <returns>The silo's builder.</returns>
    /// <exception cref="ArgumentException">There is no such method, or somebody waits for it.</exception>
    public static ISiloBuilder AllowEarlyCall<TObserver>(this ISiloBuilder builder, string method)
        where TObserver : IGrainObserver
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(method);
        var info = typeof(TObserver).GetMethod(method) ?? throw new ArgumentException($"{typeof(TObserver)} has no method '{method}'.", nameof(method));
        if (info.ReturnType != typeof(void) && !info.IsDefined(typeof(Concurrency.OneWayAttribute)))
            throw new ArgumentException($"{typeof(TObserver)}.{method} is not one-way: whoever waits for its answer would take it for the disk's.", nameof(method));

        builder.Services.AddSingleton(new EarlyCall(info));
        return builder;
    }
}
