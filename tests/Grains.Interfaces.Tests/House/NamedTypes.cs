using System.Collections.Immutable;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace ProvingMarket.Grains.Interfaces.Tests.House;

/// <summary>Collects the foreign types that the code of an assembly names: in bases, members, attributes, signatures and method bodies.</summary>
internal sealed class NamedTypes : ISignatureTypeProvider<bool, bool>
{
    private const string Generated = "OrleansCodeGen";

    private static readonly Dictionary<short, OpCode> Instructions = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(instruction => instruction.Value);

    private readonly MetadataReader _reader;
    private readonly HashSet<TypeReferenceHandle> _found = [];

    private NamedTypes(MetadataReader reader) => _reader = reader;

    public static IReadOnlySet<TypeReferenceHandle> Of(PEReader file, MetadataReader reader)
    {
        var names = new NamedTypes(reader);
        foreach (var handle in reader.TypeDefinitions.Where(handle => !names.IsGenerated(handle))) names.AddDefinition(file, reader.GetTypeDefinition(handle));
        return names._found;
    }

    private bool IsGenerated(TypeDefinitionHandle handle)
    {
        var type = _reader.GetTypeDefinition(handle);
        return type.IsNested ? IsGenerated(type.GetDeclaringType()) : _reader.GetString(type.Namespace).StartsWith(Generated, StringComparison.Ordinal);
    }

    private void AddDefinition(PEReader file, TypeDefinition type)
    {
        Add(type.BaseType);
        foreach (var handle in type.GetInterfaceImplementations()) Add(_reader.GetInterfaceImplementation(handle).Interface);
        AddAttributes(type.GetCustomAttributes());
        foreach (var handle in type.GetProperties()) AddAttributes(_reader.GetPropertyDefinition(handle).GetCustomAttributes());
        foreach (var handle in type.GetFields())
        {
            var field = _reader.GetFieldDefinition(handle);
            field.DecodeSignature(this, false);
            AddAttributes(field.GetCustomAttributes());
        }
        foreach (var handle in type.GetMethods())
        {
            var method = _reader.GetMethodDefinition(handle);
            method.DecodeSignature(this, false);
            AddAttributes(method.GetCustomAttributes());
            foreach (var parameter in method.GetParameters()) AddAttributes(_reader.GetParameter(parameter).GetCustomAttributes());
            if (method.RelativeVirtualAddress != 0) AddBody(file.GetMethodBody(method.RelativeVirtualAddress));
        }
    }

    private void AddAttributes(CustomAttributeHandleCollection attributes)
    {
        foreach (var handle in attributes) Add(_reader.GetCustomAttribute(handle).Constructor);
    }

    private void AddBody(MethodBodyBlock body)
    {
        if (!body.LocalSignature.IsNil) _reader.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(this, false);
        foreach (var region in body.ExceptionRegions) Add(region.CatchType);
        var code = body.GetILReader();
        while (code.RemainingBytes > 0)
        {
            short value = code.ReadByte();
            if (value == 0xFE) value = (short)(0xFE00 | code.ReadByte());
            switch (Instructions[value].OperandType)
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    Add(MetadataTokens.EntityHandle(code.ReadInt32()));
                    break;
                case OperandType.InlineSwitch:
                    var targets = code.ReadInt32();
                    code.Offset += 4 * targets;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    code.Offset += 8;
                    break;
                case OperandType.InlineBrTarget or OperandType.InlineI or OperandType.InlineSig or OperandType.InlineString or OperandType.ShortInlineR:
                    code.Offset += 4;
                    break;
                case OperandType.InlineVar:
                    code.Offset += 2;
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    code.Offset += 1;
                    break;
            }
        }
    }

    private void Add(EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.TypeReference:
                _found.Add((TypeReferenceHandle)handle);
                break;
            case HandleKind.TypeSpecification when !handle.IsNil:
                _reader.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, false);
                break;
            case HandleKind.MemberReference:
                var member = _reader.GetMemberReference((MemberReferenceHandle)handle);
                Add(member.Parent);
                if (member.GetKind() == MemberReferenceKind.Method) member.DecodeMethodSignature(this, false);
                else member.DecodeFieldSignature(this, false);
                break;
            case HandleKind.MethodSpecification:
                var method = _reader.GetMethodSpecification((MethodSpecificationHandle)handle);
                Add(method.Method);
                method.DecodeSignature(this, false);
                break;
        }
    }

    // Decoding a signature names its types to these; nothing is built from them.
    public bool GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => _found.Add(handle);

    public bool GetTypeFromSpecification(MetadataReader reader, bool genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, false);

    public bool GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => false;

    public bool GetArrayType(bool elementType, ArrayShape shape) => false;

    public bool GetByReferenceType(bool elementType) => false;

    public bool GetFunctionPointerType(MethodSignature<bool> signature) => false;

    public bool GetGenericInstantiation(bool genericType, ImmutableArray<bool> typeArguments) => false;

    public bool GetGenericMethodParameter(bool genericContext, int index) => false;

    public bool GetGenericTypeParameter(bool genericContext, int index) => false;

    public bool GetModifiedType(bool modifier, bool unmodifiedType, bool isRequired) => false;

    public bool GetPinnedType(bool elementType) => false;

    public bool GetPointerType(bool elementType) => false;

    public bool GetPrimitiveType(PrimitiveTypeCode typeCode) => false;

    public bool GetSZArrayType(bool elementType) => false;
}
