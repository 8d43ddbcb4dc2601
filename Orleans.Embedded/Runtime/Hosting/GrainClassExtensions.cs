using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Hosting;

/// <summary>Names a silo's grain classes. Not part of Orleans, which finds them by generated code.</summary>
public static class GrainClassSiloBuilderExtensions
{
    /// <summary>
    /// Names grain classes. A silo whose classes are named has these only; otherwise it has those of all assemblies that use the engine and are loaded or referenced by one that is.
    /// </summary>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="grainClasses">The classes.</param>
    /// <returns>The silo's builder.</returns>
    public static ISiloBuilder UseGrainClasses(this ISiloBuilder builder, params IEnumerable<Type> grainClasses)
    {
        builder.Services.AddSingleton(new NamedGrainClasses([.. grainClasses]));
        return builder;
    }
}

/// <summary>Grain classes that a host names.</summary>
/// <param name="Types">The classes.</param>
internal sealed record NamedGrainClasses(IReadOnlyList<Type> Types);
