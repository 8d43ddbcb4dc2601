using System.Reflection;

namespace ProvingMarket.Grains.Interfaces.Tests.Contracts;

/// <summary>What an interface of grains or observers must be.</summary>
public static class InterfaceRules
{
    private static readonly Type[] Results = [typeof(Task<>), typeof(ValueTask<>), typeof(IAsyncEnumerable<>)];

    public static IEnumerable<Violation> Check(Type type) =>
        [.. CheckShape(type), .. MessageRules.CheckAlias(type), .. CheckKey(type), .. CheckMethodsTogether(type), .. MethodsOf(type).SelectMany(method => CheckMethod(type, method))];

    /// <summary>The methods an interface declares itself.</summary>
    public static IEnumerable<MethodInfo> MethodsOf(Type type) =>
        type.GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            .Where(method => !method.IsSpecialName);

    /// <summary>The kinds of key of an interface; more or fewer than one is a violation.</summary>
    public static IEnumerable<Type> KeysOf(Type type) => type.GetInterfaces()
        .Where(key => key.Namespace == "Orleans" && key.Name.StartsWith("IGrainWith", StringComparison.Ordinal));

    private static IEnumerable<Violation> CheckShape(Type type)
    {
        if (type.IsGenericType) yield return new(type, ContractRule.InterfaceShape, "it is generic");
        if (!type.IsVisible) yield return new(type, ContractRule.InterfaceShape, "it is not public");
        foreach (var property in type.GetProperties()) yield return new(type, ContractRule.InterfaceShape, $"it has a property {property.Name}");
        foreach (var @event in type.GetEvents()) yield return new(type, ContractRule.InterfaceShape, $"it has an event {@event.Name}");
        foreach (var method in MethodsOf(type).Where(method => !method.IsAbstract))
            yield return new(type, ContractRule.InterfaceShape, $"it implements {method.Name} itself");
    }

    private static IEnumerable<Violation> CheckKey(Type type)
    {
        var keys = KeysOf(type).Select(key => key.Name).ToArray();
        if (typeof(IGrainObserver).IsAssignableFrom(type))
        {
            if (keys.Length > 0 || typeof(IGrain).IsAssignableFrom(type)) yield return new(type, ContractRule.InterfaceKey, "it is an observer and a grain");
        }
        else if (keys.Length != 1)
        {
            yield return new(type, ContractRule.InterfaceKey, $"it has {keys.Length} kinds of key: {string.Join(", ", keys)}");
        }
    }

    private static IEnumerable<Violation> CheckMethodsTogether(Type type)
    {
        var all = type.GetInterfaces().Append(type).Where(WireTypes.IsContractInterface).SelectMany(MethodsOf).ToArray();
        foreach (var overloaded in all.CountBy(method => method.Name).Where(count => count.Value > 1))
            yield return new(type, ContractRule.MethodShape, $"{overloaded.Key} exists {overloaded.Value} times, inherited ones included");
        foreach (var shared in all.Select(WireTypes.AliasOf).OfType<string>().CountBy(alias => alias).Where(count => count.Value > 1))
            yield return new(type, ContractRule.AliasUnique, $"method alias \"{shared.Key}\" is given {shared.Value} times, inherited ones included");
    }

    private static IEnumerable<Violation> CheckMethod(Type type, MethodInfo method)
    {
        if (method.GetCustomAttributes<AliasAttribute>().Count() != 1) yield return new(type, ContractRule.MethodAlias, $"{method.Name} has not exactly one [Alias]");
        if (method.IsGenericMethod) yield return new(type, ContractRule.MethodShape, $"{method.Name} is generic");
        // Observers are told what they ask for again anyway.
        if (method.GetCustomAttribute<Orleans.Concurrency.OneWayAttribute>() is not null && !type.IsAssignableTo(typeof(IGrainObserver)))
            yield return new(type, ContractRule.MethodOneWay, $"{method.Name} is [OneWay]: its caller never learns that it was lost");

        if (ResultOf(method.ReturnType) is not { } result)
            yield return new(type, ContractRule.MethodReturn, $"{method.Name} returns {WireTypes.NameOf(method.ReturnType)} and not a task or an async sequence");
        else if (result != typeof(void) && WireTypes.Unfit(result) is { } unfit)
            yield return new(type, ContractRule.MethodReturn, $"{method.Name} returns {unfit}");
        if (!method.Name.EndsWith("Async", StringComparison.Ordinal))
            yield return new(type, ContractRule.MethodReturn, $"{method.Name} does not end with Async");

        var parameters = method.GetParameters();
        foreach (var parameter in parameters)
        {
            if (parameter.ParameterType.IsByRef) yield return new(type, ContractRule.MethodParameter, $"{method.Name}({parameter.Name}) is passed by reference");
            else if (parameter.ParameterType == typeof(CancellationToken))
            {
                if (parameter.Position < parameters.Length - 1)
                    yield return new(type, ContractRule.MethodParameter, $"{method.Name}({parameter.Name}) is a cancellation token that is not last");
            }
            else if (WireTypes.Unfit(parameter.ParameterType) is { } reason)
            {
                yield return new(type, ContractRule.MethodParameter, $"{method.Name}({parameter.Name}): {reason}");
            }
        }
    }

    private static Type? ResultOf(Type returned)
    {
        if (returned == typeof(Task) || returned == typeof(ValueTask)) return typeof(void);
        return returned.IsConstructedGenericType && Results.Contains(returned.GetGenericTypeDefinition()) ? returned.GenericTypeArguments[0] : null;
    }
}
