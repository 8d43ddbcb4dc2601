using System.Reflection;

namespace ProvingMarket.Grains.Interfaces.Tests.Contracts;

/// <summary>A contract: the interfaces of some assemblies, their messages with everything these reach, and their stored records.</summary>
public sealed class Contract
{
    private Contract(IEnumerable<Type> interfaces, IEnumerable<Type> roots)
    {
        Interfaces = [.. interfaces.OrderBy(type => type.FullName, StringComparer.Ordinal)];
        var reached = Reach(Interfaces.SelectMany(TypesIn).Concat(roots));
        Messages = [.. reached.Where(WireTypes.IsMessage).OrderBy(type => type.FullName, StringComparer.Ordinal)];
        Enums = [.. reached.Where(type => type.IsEnum).OrderBy(type => type.FullName, StringComparer.Ordinal)];
    }

    public IReadOnlyList<Type> Interfaces { get; }

    public IReadOnlyList<Type> Messages { get; }

    public IReadOnlyList<Type> Enums { get; }

    /// <summary>The contract of everything in these assemblies. What an engine has generated into them is not part of it.</summary>
    public static Contract Of(params Assembly[] assemblies)
    {
        var types = assemblies.SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.Namespace?.StartsWith("OrleansCodeGen", StringComparison.Ordinal) != true).ToArray();
        return new Contract(
            types.Where(WireTypes.IsContractInterface),
            types.Where(type => type.GetCustomAttribute<GenerateSerializerAttribute>() is not null));
    }

    /// <summary>The contract of single types, with everything they reach.</summary>
    public static Contract OfTypes(params Type[] types) => new(types.Where(WireTypes.IsContractInterface), types.Where(type => !type.IsInterface));

    /// <summary>Everything that is broken, type by type and between types.</summary>
    public IReadOnlyList<Violation> Check() =>
    [
        .. Interfaces.SelectMany(InterfaceRules.Check),
        .. Messages.SelectMany(MessageRules.Check),
        .. CheckAliases(),
    ];

    private IEnumerable<Violation> CheckAliases() =>
        from type in Interfaces.Concat(Messages).Concat(Enums)
        let alias = WireTypes.AliasOf(type)
        where alias is not null
        group type by alias into sharing
        where sharing.Count() > 1
        from type in sharing
        select new Violation(type, ContractRule.AliasUnique, $"alias \"{sharing.Key}\" is shared by {string.Join(", ", sharing.Select(other => other.Name))}");

    private static HashSet<Type> Reach(IEnumerable<Type> roots)
    {
        var reached = new HashSet<Type>();
        var open = new Stack<Type>(roots);
        while (open.TryPop(out var type))
        {
            foreach (var part in WireTypes.PartsOf(type))
            {
                if (!(part.IsEnum || WireTypes.IsMessage(part)) || !reached.Add(part) || part.IsEnum) continue;
                foreach (var (_, property) in MessageRules.MembersOf(part)) open.Push(property.PropertyType);
            }
        }
        return reached;
    }

    private static IEnumerable<Type> TypesIn(Type @interface) => InterfaceRules.MethodsOf(@interface)
        .SelectMany(method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType));
}
