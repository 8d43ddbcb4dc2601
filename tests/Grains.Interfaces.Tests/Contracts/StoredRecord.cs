using System.Reflection;

namespace ProvingMarket.Grains.Interfaces.Tests.Contracts;

/// <summary>A record that grains of one class store. Its names are its key in the database: renamed, it would not be found again.</summary>
public sealed record StoredRecord(string GrainType, string Name, string? Storage, Type State)
{
    /// <summary>The records of a grain class; none for any other type.</summary>
    public static IEnumerable<StoredRecord> Of(Type type) =>
        from constructor in typeof(IGrainBase).IsAssignableFrom(type) && type is { IsClass: true, IsAbstract: false } ? type.GetConstructors() : []
        from parameter in constructor.GetParameters()
        let attribute = parameter.GetCustomAttribute<PersistentStateAttribute>()
        where attribute is not null
        select new StoredRecord(GrainTypeOf(type), attribute.StateName, attribute.StorageName, parameter.ParameterType.GenericTypeArguments[0]);

    private static string GrainTypeOf(Type type)
    {
        var named = type.GetCustomAttributesData().FirstOrDefault(attribute => attribute.AttributeType == typeof(GrainTypeAttribute));
        if (named is not null) return (string)named.ConstructorArguments[0].Value!;
        var name = type.Name.ToLowerInvariant();
        return name.EndsWith("grain", StringComparison.Ordinal) ? name[..^"grain".Length] : name;
    }
}
