using System.Reflection;
using System.Reflection.Emit;

namespace Orleans.Runtime.Calls;

/// <summary>The assembly that calls and proxies are emitted into. Its code may use internals of the engine and of grain assemblies.</summary>
internal static class EmitAssembly
{
    private static readonly AssemblyBuilder s_assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Orleans.Embedded.Emitted"), AssemblyBuilderAccess.Run);
    private static readonly ModuleBuilder s_module = s_assembly.DefineDynamicModule("Emitted");
    private static readonly ConstructorInfo s_ignoresAccessChecks = DefineIgnoresAccessChecks();
    private static readonly HashSet<string> s_opened = new(StringComparer.Ordinal);
    private static int s_count;

    /// <summary>Gets the lock to hold while emitting.</summary>
    internal static Lock Gate { get; } = new();

    /// <summary>Starts a class. Hold <see cref="Gate"/>.</summary>
    /// <param name="name">A readable name; made unique.</param>
    /// <param name="parent">The base class.</param>
    /// <param name="uses">A type whose assembly's internals the class uses.</param>
    /// <returns>The class.</returns>
    internal static TypeBuilder DefineClass(string name, Type parent, Type uses)
    {
        foreach (var type in new[] { typeof(EmitAssembly), typeof(GrainReference), uses }) Open(type.Assembly);
        return s_module.DefineType($"{name}#{++s_count}", TypeAttributes.NotPublic | TypeAttributes.Sealed | TypeAttributes.Class, parent);
    }

    /// <summary>Makes the internals of the assemblies that a type comes from usable. Hold <see cref="Gate"/>.</summary>
    /// <param name="type">The type.</param>
    internal static void Open(Type type)
    {
        if (type.HasElementType) Open(type.GetElementType()!);
        else if (type.IsConstructedGenericType) foreach (var argument in type.GetGenericArguments()) Open(argument);
        if (!type.IsVisible) Open(type.Assembly);
    }

    private static void Open(Assembly assembly)
    {
        var name = assembly.GetName().Name!;
        if (s_opened.Add(name)) s_assembly.SetCustomAttribute(new CustomAttributeBuilder(s_ignoresAccessChecks, [name]));
    }

    // The runtime honours this attribute by name; no framework assembly declares it.
    private static ConstructorInfo DefineIgnoresAccessChecks()
    {
        var type = s_module.DefineType("System.Runtime.CompilerServices.IgnoresAccessChecksToAttribute", TypeAttributes.Public | TypeAttributes.Class, typeof(Attribute));
        var constructor = type.DefineConstructor(MethodAttributes.Public, CallingConventions.Standard, [typeof(string)]);
        var il = constructor.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Call, typeof(Attribute).GetConstructor(BindingFlags.Instance | BindingFlags.NonPublic, Type.EmptyTypes)!);
        il.Emit(OpCodes.Ret);
        return type.CreateType().GetConstructor([typeof(string)])!;
    }
}
