using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using Orleans.Concurrency;

namespace Orleans.Runtime.Calls;

/// <summary>Emits, for every method of an interface, the class of its calls: typed argument fields, a way to visit them, the invocation.</summary>
internal static class CallEmitter
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>Emits the calls of an interface's own methods.</summary>
    /// <param name="grainInterface">The interface.</param>
    /// <returns>The methods.</returns>
    /// <exception cref="NotSupportedException">A method cannot be a grain method.</exception>
    internal static ImmutableArray<GrainMethod> EmitCalls(GrainInterface grainInterface)
    {
        var methods = grainInterface.Type.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly);
        var result = ImmutableArray.CreateBuilder<GrainMethod>(methods.Length);
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var method in methods)
        {
            if (method.IsSpecialName) throw new NotSupportedException($"{method.DeclaringType}.{method.Name}: grain interfaces have methods only, no properties or events.");

            var shape = GrainMethodShape.Of(method);
            if (shape.ResultType is not null && method.IsDefined(typeof(OneWayAttribute))) throw new NotSupportedException($"{method.DeclaringType}.{method.Name} is one-way and cannot have a result.");
            if (!keys.Add(shape.Key)) throw new NotSupportedException($"{method.DeclaringType} has two methods named '{shape.Key}'.");
            lock (EmitAssembly.Gate) result.Add(Emit(grainInterface, method, shape));
        }

        return result.MoveToImmutable();
    }

    private static GrainMethod Emit(GrainInterface grainInterface, MethodInfo method, GrainMethodShape shape)
    {
        var parent = ParentOf(shape);
        var type = EmitAssembly.DefineClass($"{grainInterface.Name}.{method.Name}", parent, method.DeclaringType!);
        foreach (var used in shape.ParameterTypes.Add(method.ReturnType)) EmitAssembly.Open(used);

        var self = type.DefineField("Method", typeof(GrainMethod), FieldAttributes.Public | FieldAttributes.Static);
        var arguments = shape.ParameterTypes.Select((parameter, i) => type.DefineField($"Argument{i}", parameter, FieldAttributes.Public)).ToArray();
        var constructor = EmitConstructor(type, parent, self);
        EmitCreate(type, constructor);
        EmitInvoke(type, parent, method, shape, arguments);
        EmitVisit(type, arguments);
        EmitGet(type, arguments);
        EmitSet(type, arguments);

        var created = type.CreateType();
        var create = created.GetMethod("Create", Any)!.CreateDelegate<Func<GrainCall>>();
        var result = new GrainMethod(grainInterface, method, shape, created, create);
        created.GetField("Method", Any)!.SetValue(null, result);
        return result;
    }

    private static Type ParentOf(GrainMethodShape shape) => shape.Kind switch
    {
        GrainMethodKind.Task => typeof(TaskCall),
        GrainMethodKind.TaskOfResult => typeof(TaskCall<>).MakeGenericType(shape.ResultType!),
        GrainMethodKind.ValueTask => typeof(ValueTaskCall),
        GrainMethodKind.ValueTaskOfResult => typeof(ValueTaskCall<>).MakeGenericType(shape.ResultType!),
        _ => typeof(VoidCall),
    };

    private static ConstructorBuilder EmitConstructor(TypeBuilder type, Type parent, FieldInfo self)
    {
        var constructor = type.DefineConstructor(MethodAttributes.Public, CallingConventions.Standard, Type.EmptyTypes);
        var il = constructor.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldsfld, self);
        il.Emit(OpCodes.Call, parent.GetConstructor(Any, [typeof(GrainMethod)])!);
        il.Emit(OpCodes.Ret);
        return constructor;
    }

    private static void EmitCreate(TypeBuilder type, ConstructorBuilder constructor)
    {
        var il = type.DefineMethod("Create", MethodAttributes.Public | MethodAttributes.Static, typeof(GrainCall), Type.EmptyTypes).GetILGenerator();
        il.Emit(OpCodes.Newobj, constructor);
        il.Emit(OpCodes.Ret);
    }

    private static void EmitInvoke(TypeBuilder type, Type parent, MethodInfo method, GrainMethodShape shape, FieldBuilder[] arguments)
    {
        var il = Override(type, parent.GetMethod("Invoke", Any)!);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Castclass, method.DeclaringType!);
        foreach (var argument in arguments)
        {
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldfld, argument);
        }

        if (shape.IsCancellable)
        {
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Call, typeof(GrainCall).GetProperty("TargetToken", Any)!.GetMethod!);
        }

        il.Emit(OpCodes.Callvirt, method);
        il.Emit(OpCodes.Ret);
    }

    private static void EmitVisit(TypeBuilder type, FieldBuilder[] arguments)
    {
        var visit = typeof(GrainCallVisitor).GetMethod(nameof(GrainCallVisitor.Visit), Any)!;
        var il = Override(type, typeof(GrainCall).GetMethod(nameof(GrainCall.VisitArguments), Any)!);
        for (var i = 0; i < arguments.Length; i++)
        {
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Ldc_I4, i);
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldflda, arguments[i]);
            il.Emit(OpCodes.Callvirt, visit.MakeGenericMethod(arguments[i].FieldType));
        }

        il.Emit(OpCodes.Ret);
    }

    private static void EmitGet(TypeBuilder type, FieldBuilder[] arguments) =>
        EmitSwitch(Override(type, typeof(GrainCall).GetMethod(nameof(GrainCall.GetArgument), Any)!), arguments, (il, argument) =>
        {
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldfld, argument);
            if (argument.FieldType.IsValueType) il.Emit(OpCodes.Box, argument.FieldType);
        });

    private static void EmitSet(TypeBuilder type, FieldBuilder[] arguments) =>
        EmitSwitch(Override(type, typeof(GrainCall).GetMethod(nameof(GrainCall.SetArgument), Any)!), arguments, (il, argument) =>
        {
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldarg_2);
            il.Emit(OpCodes.Unbox_Any, argument.FieldType);
            il.Emit(OpCodes.Stfld, argument);
        });

    private static void EmitSwitch(ILGenerator il, FieldBuilder[] arguments, Action<ILGenerator, FieldBuilder> emitCase)
    {
        var labels = arguments.Select(_ => il.DefineLabel()).ToArray();
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Switch, labels);
        il.Emit(OpCodes.Ldstr, "index");
        il.Emit(OpCodes.Newobj, typeof(ArgumentOutOfRangeException).GetConstructor([typeof(string)])!);
        il.Emit(OpCodes.Throw);
        for (var i = 0; i < arguments.Length; i++)
        {
            il.MarkLabel(labels[i]);
            emitCase(il, arguments[i]);
            il.Emit(OpCodes.Ret);
        }
    }

    private static ILGenerator Override(TypeBuilder type, MethodInfo method)
    {
        var attributes = (method.Attributes & MethodAttributes.MemberAccessMask) | MethodAttributes.Virtual | MethodAttributes.HideBySig | MethodAttributes.ReuseSlot;
        return type.DefineMethod(method.Name, attributes, method.ReturnType, [.. method.GetParameters().Select(p => p.ParameterType)]).GetILGenerator();
    }
}
