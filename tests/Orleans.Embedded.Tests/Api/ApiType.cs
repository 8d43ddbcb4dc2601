using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;

namespace Orleans.Api;

/// <summary>A public type as code that uses it sees it: kind, base, interfaces, and a line of text for every visible member.</summary>
internal sealed record ApiType(string Name, string Kind, string Base, ImmutableHashSet<string> Interfaces, ImmutableHashSet<string> Members)
{
    private static readonly ApiNames s_names = new();

    public static bool IsVisible(MetadataReader reader, TypeDefinition type) => (type.Attributes & TypeAttributes.VisibilityMask) switch
    {
        TypeAttributes.Public => true,
        TypeAttributes.NestedPublic => IsVisible(reader, reader.GetTypeDefinition(type.GetDeclaringType())),
        _ => false,
    };

    public static ApiType Read(MetadataReader reader, TypeDefinition type)
    {
        var generics = GenericNames(reader, type.GetGenericParameters());
        var context = new ApiNames.Context(generics, []);
        var members = ImmutableHashSet.CreateBuilder<string>(StringComparer.Ordinal);
        foreach (var handle in type.GetMethods()) AddMethod(members, reader, reader.GetMethodDefinition(handle), generics);
        foreach (var handle in type.GetFields()) AddField(members, reader, reader.GetFieldDefinition(handle), context);
        foreach (var (name, constraints) in Constraints(reader, type.GetGenericParameters(), context)) members.Add($"<{name}{constraints}>");
        if (Attribute(reader, type.GetCustomAttributes(), "AttributeUsageAttribute") is { } usage)
        {
            var value = usage.DecodeValue(s_names);
            members.Add($"targets {value.FixedArguments[0].Value}, multiple {value.NamedArguments.FirstOrDefault(argument => argument.Name == "AllowMultiple").Value ?? false}, inherited {value.NamedArguments.FirstOrDefault(argument => argument.Name == "Inherited").Value ?? true}");
        }

        var parent = type.BaseType.IsNil ? "" : s_names.NameOf(reader, type.BaseType, context);
        var interfaces = type.GetInterfaceImplementations().Select(handle => s_names.NameOf(reader, reader.GetInterfaceImplementation(handle).Interface, context));
        return new ApiType(s_names.NameOf(reader, type), KindOf(reader, type, parent), parent, [.. interfaces], members.ToImmutable());
    }

    /// <summary>Lists what this type has and the other has not. The other may have more.</summary>
    public IEnumerable<string> DifferencesFrom(ApiType theirs, ApiTypes published)
    {
        if (Kind != theirs.Kind) yield return $"{Name} is {Kind}, in Orleans {theirs.Kind}";

        var bases = new HashSet<string>(StringComparer.Ordinal);
        var interfaces = new HashSet<string>(StringComparer.Ordinal);
        for (var type = theirs; type is not null; type = published.Find(type.Base))
        {
            bases.Add(type.Base);
            interfaces.UnionWith(type.Interfaces);
            foreach (var inherited in type.Interfaces.Select(published.Find).OfType<ApiType>()) interfaces.UnionWith(inherited.Interfaces);
        }

        if (!bases.Contains(Base)) yield return $"{Name} inherits {Base}, in Orleans {theirs.Base}";
        foreach (var extra in Interfaces.Except(interfaces)) yield return $"{Name} implements {extra}, which it does not in Orleans";
        foreach (var member in Members.Except(theirs.Members).Order(StringComparer.Ordinal)) yield return $"{Name}: {member}";
    }

    private static string KindOf(MetadataReader reader, TypeDefinition type, string parent) => (parent, type.Attributes.HasFlag(TypeAttributes.Interface)) switch
    {
        (_, true) => "interface",
        ("System.Enum", _) => "enum",
        ("System.MulticastDelegate", _) => "delegate",
        ("System.ValueType", _) => Attribute(reader, type.GetCustomAttributes(), "IsReadOnlyAttribute") is null ? "struct" : "readonly struct",
        _ => (type.Attributes & (TypeAttributes.Abstract | TypeAttributes.Sealed)) switch
        {
            TypeAttributes.Abstract | TypeAttributes.Sealed => "static class",
            TypeAttributes.Abstract => "abstract class",
            TypeAttributes.Sealed => "sealed class",
            _ => "class",
        },
    };

    private static void AddMethod(ImmutableHashSet<string>.Builder members, MetadataReader reader, MethodDefinition method, ImmutableArray<string> typeGenerics)
    {
        var access = method.Attributes & MethodAttributes.MemberAccessMask;
        if (access is not (MethodAttributes.Public or MethodAttributes.Family or MethodAttributes.FamORAssem)) return;

        var context = new ApiNames.Context(typeGenerics, GenericNames(reader, method.GetGenericParameters()));
        var signature = method.DecodeSignature(s_names, context);
        var parameters = method.GetParameters().Select(reader.GetParameter).Where(parameter => parameter.SequenceNumber > 0).OrderBy(parameter => parameter.SequenceNumber).ToList();
        var words = new List<string>();
        if (access != MethodAttributes.Public) words.Add("protected");
        if (method.Attributes.HasFlag(MethodAttributes.Static)) words.Add("static");
        if (method.Attributes.HasFlag(MethodAttributes.Abstract)) words.Add("abstract");
        else if (method.Attributes.HasFlag(MethodAttributes.Virtual) && !method.Attributes.HasFlag(MethodAttributes.Final)) words.Add("virtual");
        words.Add(signature.ReturnType);
        var generic = string.Join(", ", Constraints(reader, method.GetGenericParameters(), context).Select(parameter => parameter.Name + parameter.Constraints));
        var extension = Attribute(reader, method.GetCustomAttributes(), "ExtensionAttribute") is null ? "" : "this ";
        words.Add($"{reader.GetString(method.Name)}{(generic.Length > 0 ? $"<{generic}>" : "")}({extension}{string.Join(", ", parameters.Select((parameter, i) => Describe(reader, parameter, signature.ParameterTypes[i])))})");
        members.Add(string.Join(' ', words));
    }

    private static string Describe(MetadataReader reader, Parameter parameter, string type)
    {
        var array = Attribute(reader, parameter.GetCustomAttributes(), "ParamArrayAttribute") is null ? "" : "params ";
        var output = parameter.Attributes.HasFlag(ParameterAttributes.Out) ? "out " : "";
        var fallback = parameter.Attributes.HasFlag(ParameterAttributes.HasDefault) ? $" = {Constant(reader, parameter.GetDefaultValue())}"
            : parameter.Attributes.HasFlag(ParameterAttributes.Optional) ? " = default" : "";
        return $"{array}{output}{type} {reader.GetString(parameter.Name)}{fallback}";
    }

    private static void AddField(ImmutableHashSet<string>.Builder members, MetadataReader reader, FieldDefinition field, ApiNames.Context context)
    {
        if ((field.Attributes & FieldAttributes.FieldAccessMask) is not (FieldAttributes.Public or FieldAttributes.Family)) return;
        if (field.Attributes.HasFlag(FieldAttributes.RTSpecialName)) return;

        var modifiers = $"{(field.Attributes.HasFlag(FieldAttributes.Static) ? "static " : "")}{(field.Attributes.HasFlag(FieldAttributes.InitOnly) ? "readonly " : "")}";
        var value = field.Attributes.HasFlag(FieldAttributes.HasDefault) ? $" = {Constant(reader, field.GetDefaultValue())}" : "";
        members.Add($"{modifiers}{field.DecodeSignature(s_names, context)} {reader.GetString(field.Name)}{value}");
    }

    private static IEnumerable<(string Name, string Constraints)> Constraints(MetadataReader reader, GenericParameterHandleCollection parameters, ApiNames.Context context)
    {
        foreach (var parameter in parameters.Select(reader.GetGenericParameter))
        {
            var types = parameter.GetConstraints().Select(handle => s_names.NameOf(reader, reader.GetGenericParameterConstraint(handle).Type, context)).Order(StringComparer.Ordinal).ToList();
            var special = parameter.Attributes & GenericParameterAttributes.SpecialConstraintMask;
            yield return (reader.GetString(parameter.Name), types.Count == 0 && special == GenericParameterAttributes.None ? "" : $" : {special} {string.Join(", ", types)}");
        }
    }

    private static ImmutableArray<string> GenericNames(MetadataReader reader, GenericParameterHandleCollection parameters) =>
        [.. parameters.Select(handle => reader.GetString(reader.GetGenericParameter(handle).Name))];

    private static CustomAttribute? Attribute(MetadataReader reader, CustomAttributeHandleCollection attributes, string name)
    {
        foreach (var attribute in attributes.Select(reader.GetCustomAttribute))
        {
            var type = attribute.Constructor.Kind == HandleKind.MemberReference
                ? s_names.NameOf(reader, reader.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent, default)
                : s_names.NameOf(reader, reader.GetMethodDefinition((MethodDefinitionHandle)attribute.Constructor).GetDeclaringType(), default);
            if (type.EndsWith($".{name}", StringComparison.Ordinal)) return attribute;
        }

        return null;
    }

    private static string Constant(MetadataReader reader, ConstantHandle handle)
    {
        var constant = reader.GetConstant(handle);
        return reader.GetBlobReader(constant.Value).ReadConstant(constant.TypeCode)?.ToString() ?? "null";
    }
}
