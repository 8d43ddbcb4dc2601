using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Hosting;

/// <summary>Adds call filters to a silo. They run in the order in which they were added.</summary>
public static class GrainCallFilterSiloBuilderExtensions
{
    /// <summary>Adds a filter of calls that arrive at grains.</summary>
    /// <typeparam name="TImplementation">The filter's class; its constructor parameters are services.</typeparam>
    /// <param name="builder">The silo's builder.</param>
    /// <returns>The silo's builder.</returns>
    public static ISiloBuilder AddIncomingGrainCallFilter<TImplementation>(this ISiloBuilder builder) where TImplementation : class, IIncomingGrainCallFilter
    {
        builder.Services.AddSingleton<IIncomingGrainCallFilter, TImplementation>();
        return builder;
    }

    /// <summary>Adds a filter of calls that arrive at grains.</summary>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="filter">The filter.</param>
    /// <returns>The silo's builder.</returns>
    public static ISiloBuilder AddIncomingGrainCallFilter(this ISiloBuilder builder, IIncomingGrainCallFilter filter)
    {
        builder.Services.AddSingleton(filter);
        return builder;
    }

    /// <summary>Adds a filter of calls that arrive at grains.</summary>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="filter">The filter.</param>
    /// <returns>The silo's builder.</returns>
    public static ISiloBuilder AddIncomingGrainCallFilter(this ISiloBuilder builder, IncomingGrainCallFilterDelegate filter) =>
        builder.AddIncomingGrainCallFilter(new IncomingDelegate(filter));

    /// <summary>Adds a filter of calls that the silo's grains, and clients in its process, make.</summary>
    /// <typeparam name="TImplementation">The filter's class; its constructor parameters are services.</typeparam>
    /// <param name="builder">The silo's builder.</param>
    /// <returns>The silo's builder.</returns>
    public static ISiloBuilder AddOutgoingGrainCallFilter<TImplementation>(this ISiloBuilder builder) where TImplementation : class, IOutgoingGrainCallFilter
    {
        builder.Services.AddSingleton<IOutgoingGrainCallFilter, TImplementation>();
        return builder;
    }

    /// <summary>Adds a filter of calls that the silo's grains, and clients in its process, make.</summary>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="filter">The filter.</param>
    /// <returns>The silo's builder.</returns>
    public static ISiloBuilder AddOutgoingGrainCallFilter(this ISiloBuilder builder, IOutgoingGrainCallFilter filter)
    {
        builder.Services.AddSingleton(filter);
        return builder;
    }

    /// <summary>Adds a filter of calls that the silo's grains, and clients in its process, make.</summary>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="filter">The filter.</param>
    /// <returns>The silo's builder.</returns>
    public static ISiloBuilder AddOutgoingGrainCallFilter(this ISiloBuilder builder, OutgoingGrainCallFilterDelegate filter) =>
        builder.AddOutgoingGrainCallFilter(new OutgoingDelegate(filter));

    private sealed class IncomingDelegate(IncomingGrainCallFilterDelegate filter) : IIncomingGrainCallFilter
    {
        public Task Invoke(IIncomingGrainCallContext context) => filter(context);
    }

    private sealed class OutgoingDelegate(OutgoingGrainCallFilterDelegate filter) : IOutgoingGrainCallFilter
    {
        public Task Invoke(IOutgoingGrainCallContext context) => filter(context);
    }
}
