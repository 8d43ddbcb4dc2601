namespace ProvingMarket.Grains.Interfaces.Tests.Contracts;

/// <summary>The contract as text: a line for every fact that another process, another version or a stored record depends on.</summary>
public static class WireContract
{
    /// <summary>Facts begin with what they belong to, so every line stands for itself.</summary>
    public static IReadOnlyList<string> Render(Contract contract) =>
    [
        .. contract.Interfaces.SelectMany(RenderInterface).Order(StringComparer.Ordinal),
        .. contract.Messages.OrderBy(WireTypes.NameOf, StringComparer.Ordinal).SelectMany(RenderMessage),
        .. contract.Records.Select(record => $"record {record.GrainType}/{record.Name} in {record.Storage}: {WireTypes.NameOf(record.State)}")
            .Order(StringComparer.Ordinal),
        .. contract.Enums.OrderBy(type => type.Name, StringComparer.Ordinal).SelectMany(RenderEnum),
    ];

    /// <summary>Lines that are no longer there, and lines that are new. Only the latter leave everything readable that was written before.</summary>
    public static (IReadOnlyList<string> Gone, IReadOnlyList<string> Added) Compare(IReadOnlyList<string> accepted, IReadOnlyList<string> actual) =>
        ([.. accepted.Except(actual, StringComparer.Ordinal)], [.. actual.Except(accepted, StringComparer.Ordinal)]);

    private static IEnumerable<string> RenderInterface(Type type)
    {
        var name = WireTypes.NameOf(type);
        var kind = typeof(IGrainObserver).IsAssignableFrom(type) ? "observer" : InterfaceRules.KeysOf(type).SingleOrDefault()?.Name ?? "no key";
        yield return $"interface {name} : {kind}";
        foreach (var inherited in type.GetInterfaces().Where(WireTypes.IsContractInterface).Select(WireTypes.AliasOf).OfType<string>())
            yield return $"interface {name} inherits {inherited}";
        foreach (var method in InterfaceRules.MethodsOf(type))
        {
            var parameters = method.GetParameters().Where(parameter => parameter.ParameterType != typeof(CancellationToken));
            yield return $"interface {name}.{WireTypes.AliasOf(method)}({string.Join(", ", parameters.Select(parameter => WireTypes.NameOf(parameter.ParameterType)))}): {WireTypes.NameOf(method.ReturnType)}";
        }
    }

    private static IEnumerable<string> RenderMessage(Type type)
    {
        var name = WireTypes.NameOf(type);
        yield return $"message {name}";
        foreach (var (id, field) in MessageRules.FieldsOf(type)) yield return $"message {name} {id} {field.Name}: {WireTypes.NameOf(field.FieldType)}";
        foreach (var (id, property) in MessageRules.MembersOf(type).OrderBy(member => member.Id))
            yield return $"message {name} {id} {property.Name}: {WireTypes.NameOf(property.PropertyType)}{InitialValues.Render(type, property)}";
    }

    private static IEnumerable<string> RenderEnum(Type type) =>
        Enum.GetNames(type).Select(name => $"enum {type.Name} {(int)Enum.Parse(type, name)} {name}");
}
