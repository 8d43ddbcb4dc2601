using System.Collections.Immutable;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;

namespace Orleans.Runtime.Activations;

/// <summary>A grain class: its identity, its interfaces, its attributes, and how its objects are made.</summary>
internal sealed class GrainClass
{
    private readonly ConstructorInvoker _constructor;
    private readonly ImmutableArray<Func<Activation, object?>> _parameters;

    /// <summary>Describes a class.</summary>
    /// <param name="type">The class.</param>
    /// <param name="workers">The number of activations of a stateless worker grain that does not name one.</param>
    /// <exception cref="OrleansConfigurationException">The class cannot be a grain class.</exception>
    internal GrainClass(Type type, int workers)
    {
        Type = type;
        GrainType = type.GetCustomAttribute<GrainTypeAttribute>(inherit: false)?.GrainType ?? GrainType.Create(NameByConvention(type));
        Interfaces = [.. type.GetInterfaces().Where(IsGrainInterface)];
        IsReentrant = type.IsDefined(typeof(ReentrantAttribute));
        MaxWorkers = type.GetCustomAttribute<StatelessWorkerAttribute>() is { } worker ? (worker.MaxLocalWorkers > 0 ? worker.MaxLocalWorkers : workers) : 0;
        var age = type.GetCustomAttribute<CollectionAgeLimitAttribute>();
        CollectionAge = type.IsDefined(typeof(KeepAliveAttribute)) || age is { AlwaysActive: true } ? Timeout.InfiniteTimeSpan : age?.AgeLimit;

        var constructor = SelectConstructor(type);
        _constructor = ConstructorInvoker.Create(constructor);
        _parameters = [.. constructor.GetParameters().Select(ResolverOf)];
    }

    /// <summary>Gets the class.</summary>
    internal Type Type { get; }

    /// <summary>Gets its identity.</summary>
    internal GrainType GrainType { get; }

    /// <summary>Gets the grain interfaces it implements.</summary>
    internal ImmutableArray<Type> Interfaces { get; }

    /// <summary>Gets a value indicating whether all requests interleave.</summary>
    internal bool IsReentrant { get; }

    /// <summary>Gets the greatest number of activations of one grain of a stateless worker class; 0 for other classes.</summary>
    internal int MaxWorkers { get; }

    /// <summary>Gets how long an activation may be idle: infinite for ever, null for the silo's default.</summary>
    internal TimeSpan? CollectionAge { get; }

    /// <summary>Says whether a type is a grain class.</summary>
    /// <param name="type">The type.</param>
    /// <returns>Whether it is.</returns>
    internal static bool IsGrainClass(Type type) =>
        type is { IsClass: true, IsAbstract: false, IsGenericTypeDefinition: false }
        && typeof(IGrainBase).IsAssignableFrom(type)
        && type.GetInterfaces().Any(IsGrainInterface);

    /// <summary>Makes an object for an activation. Runs as a turn of it.</summary>
    /// <param name="activation">The activation.</param>
    /// <returns>The object.</returns>
    /// <exception cref="InvalidOperationException">A service is missing, or the constructor failed: the inner exception says why.</exception>
    internal object CreateInstance(Activation activation)
    {
        try
        {
            var arguments = new object?[_parameters.Length];
            for (var i = 0; i < arguments.Length; i++) arguments[i] = _parameters[i](activation);
            return _constructor.Invoke(arguments.AsSpan());
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"No object of grain class {Type} could be made: see the inner exception.", error);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Type.FullName ?? Type.Name;

    private static bool IsGrainInterface(Type type) => type != typeof(IGrain) && typeof(IGrain).IsAssignableFrom(type) && type.Namespace != nameof(Orleans) || type == typeof(IRemindable);

    private static string NameByConvention(Type type)
    {
        var name = type.Name.ToLowerInvariant();
        return name.EndsWith("grain", StringComparison.Ordinal) && name.Length > "grain".Length ? name[..^"grain".Length] : name;
    }

    private static ConstructorInfo SelectConstructor(Type type)
    {
        var all = type.GetConstructors(BindingFlags.Public | BindingFlags.Instance);
        var marked = Array.FindAll(all, constructor => constructor.IsDefined(typeof(ActivatorUtilitiesConstructorAttribute)));
        return (marked.Length > 0 ? marked : all) is [var only]
            ? only
            : throw new OrleansConfigurationException($"Grain class {type} must have one public constructor, or one marked with [{nameof(ActivatorUtilitiesConstructorAttribute)}].");
    }

    private static Func<Activation, object?> ResolverOf(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        if (parameter.GetCustomAttribute<PersistentStateAttribute>() is { } state)
        {
            if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(IPersistentState<>))
                throw new OrleansConfigurationException($"Parameter '{parameter.Name}' of {parameter.Member.DeclaringType} has [PersistentState] but is not an IPersistentState<T>.");

            return PersistentState.FactoryOf(type.GetGenericArguments()[0], state);
        }

        if (type == typeof(IGrainContext)) return static activation => activation;
        if (parameter.GetCustomAttribute<FromKeyedServicesAttribute>() is { } keyed)
            return activation => activation.ActivationServices.GetRequiredKeyedService(type, keyed.Key);

        var fallback = parameter.HasDefaultValue ? parameter.DefaultValue : null;
        return parameter.HasDefaultValue
            ? activation => activation.ActivationServices.GetService(type) ?? fallback
            : activation => activation.ActivationServices.GetRequiredService(type);
    }
}
