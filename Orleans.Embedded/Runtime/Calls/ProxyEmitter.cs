using System.Reflection;
using System.Reflection.Emit;

namespace Orleans.Runtime.Calls;

/// <summary>Emits the references of an interface: every method makes its call, fills in the arguments and hands it to <see cref="GrainProxy"/>.</summary>
internal static class ProxyEmitter
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private static readonly Type[] s_constructor = [typeof(GrainId), typeof(GrainCaller), typeof(GrainInterface)];

    /// <summary>Emits the class of an interface's references.</summary>
    /// <param name="grainInterface">The interface.</param>
    /// <returns>Its constructor.</returns>
    internal static Func<GrainId, GrainCaller, GrainInterface, GrainReference> EmitProxy(GrainInterface grainInterface)
    {
        var methods = grainInterface.AllMethods().ToArray();
        lock (EmitAssembly.Gate)
        {
            var type = EmitAssembly.DefineClass(grainInterface.Name, typeof(GrainProxy), grainInterface.Type);
            type.AddInterfaceImplementation(grainInterface.Type);
            EmitCreate(type, EmitConstructor(type));
            foreach (var method in methods) EmitMethod(type, method);
            return type.CreateType().GetMethod("Create", BindingFlags.Static | BindingFlags.Public)!.CreateDelegate<Func<GrainId, GrainCaller, GrainInterface, GrainReference>>();
        }
    }

    private static ConstructorBuilder EmitConstructor(TypeBuilder type)
    {
        var constructor = type.DefineConstructor(MethodAttributes.Public, CallingConventions.Standard, s_constructor);
        var il = constructor.GetILGenerator();
        for (var i = 0; i <= s_constructor.Length; i++) il.Emit(OpCodes.Ldarg, i);
        il.Emit(OpCodes.Call, typeof(GrainProxy).GetConstructor(Any, s_constructor)!);
        il.Emit(OpCodes.Ret);
        return constructor;
    }

    private static void EmitCreate(TypeBuilder type, ConstructorBuilder constructor)
    {
        var il = type.DefineMethod("Create", MethodAttributes.Public | MethodAttributes.Static, typeof(GrainReference), s_constructor).GetILGenerator();
        for (var i = 0; i < s_constructor.Length; i++) il.Emit(OpCodes.Ldarg, i);
        il.Emit(OpCodes.Newobj, constructor);
        il.Emit(OpCodes.Ret);
    }

    private static void EmitMethod(TypeBuilder type, GrainMethod method)
    {
        var info = method.Info;
        var parameters = info.GetParameters().Select(p => p.ParameterType).ToArray();
        var body = type.DefineMethod(
            $"{method.Interface.Name}.{info.Name}",
            MethodAttributes.Private | MethodAttributes.Virtual | MethodAttributes.Final | MethodAttributes.HideBySig | MethodAttributes.NewSlot,
            info.ReturnType,
            parameters);
        var il = body.GetILGenerator();

        // this.Invoke(new Call { Argument0 = ..., ... }, token)
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Newobj, method.CallType.GetConstructor(Type.EmptyTypes)!);
        for (var i = 0; i < method.Shape.ParameterTypes.Length; i++)
        {
            il.Emit(OpCodes.Dup);
            il.Emit(OpCodes.Ldarg, i + 1);
            il.Emit(OpCodes.Stfld, method.CallType.GetField($"Argument{i}")!);
        }

        if (method.IsCancellable)
        {
            il.Emit(OpCodes.Ldarg, parameters.Length);
        }
        else
        {
            var none = il.DeclareLocal(typeof(CancellationToken));
            il.Emit(OpCodes.Ldloca, none);
            il.Emit(OpCodes.Initobj, typeof(CancellationToken));
            il.Emit(OpCodes.Ldloc, none);
        }

        il.Emit(OpCodes.Call, InvokeOf(method.Shape));
        il.Emit(OpCodes.Ret);
        type.DefineMethodOverride(body, info);
    }

    private static MethodInfo InvokeOf(GrainMethodShape shape)
    {
        var parent = shape.Kind switch
        {
            GrainMethodKind.Task => typeof(TaskCall),
            GrainMethodKind.TaskOfResult => typeof(TaskCall<>),
            GrainMethodKind.ValueTask => typeof(ValueTaskCall),
            GrainMethodKind.ValueTaskOfResult => typeof(ValueTaskCall<>),
            _ => typeof(VoidCall),
        };
        var method = Array.Find(typeof(GrainProxy).GetMethods(Any), candidate =>
            candidate.Name == "Invoke"
            && candidate.GetParameters()[0].ParameterType is var call
            && (call.IsGenericType ? call.GetGenericTypeDefinition() : call) == parent)!;
        return method.IsGenericMethodDefinition ? method.MakeGenericMethod(shape.ResultType!) : method;
    }
}
