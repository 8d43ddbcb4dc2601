using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Loader;

namespace Orleans.Embedded.Tests.Serialization;

/// <summary>Below it there is a type in an assembly that nobody has loaded.</summary>
[GenerateSerializer, Alias("late.base")]
public abstract class LateBase;

/// <summary>What an assembly declares counts when a loaded one refers to it, whether a type of it has been used yet or not.</summary>
public sealed class LateAssemblyTests
{
    [Fact]
    public void A_subclass_is_found_in_an_assembly_that_is_referenced_and_not_loaded()
    {
        using var folder = new AssemblyFolder();
        var late = folder.Define("OrleansEmbeddedTestsLate", "Late", typeof(LateBase), alias: "late.derived");
        folder.Define("OrleansEmbeddedTestsEarly", "Early", typeof(object), alias: "late.early", field: late);

        folder.Load("OrleansEmbeddedTestsEarly");
        Assert.DoesNotContain(AppDomain.CurrentDomain.GetAssemblies(), assembly => assembly.GetName().Name == "OrleansEmbeddedTestsLate");

        Assert.Equal("Late", Json.Storage.Read<LateBase>("""{"late.derived":{}}""")?.GetType().Name);
    }

    /// <summary>Assemblies that are made by the test, and loaded from their files as an application's are.</summary>
    private sealed class AssemblyFolder : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("late-assemblies-");
        private readonly AssemblyLoadContext _context = new("late assemblies");

        internal AssemblyFolder() => _context.Resolving += (context, name) =>
            Path.Combine(_folder.FullName, $"{name.Name}.dll") is var path && File.Exists(path) ? context.LoadFromAssemblyPath(path) : null;

        internal Type Define(string assemblyName, string typeName, Type baseType, string alias, Type? field = null)
        {
            var assembly = new PersistedAssemblyBuilder(new AssemblyName(assemblyName), typeof(object).Assembly);
            var type = assembly.DefineDynamicModule(assemblyName).DefineType(typeName, TypeAttributes.Public | TypeAttributes.Class, baseType);
            type.DefineDefaultConstructor(MethodAttributes.Public);
            type.SetCustomAttribute(new CustomAttributeBuilder(typeof(GenerateSerializerAttribute).GetConstructor([])!, []));
            type.SetCustomAttribute(new CustomAttributeBuilder(typeof(AliasAttribute).GetConstructor([typeof(string)])!, [alias]));
            if (field is not null) type.DefineField("Other", field, FieldAttributes.Public);
            var defined = type.CreateType();
            assembly.Save(Path.Combine(_folder.FullName, $"{assemblyName}.dll"));
            return defined;
        }

        internal void Load(string assemblyName) => _context.LoadFromAssemblyPath(Path.Combine(_folder.FullName, $"{assemblyName}.dll"));

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
