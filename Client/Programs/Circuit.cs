using System.Collections.Immutable;
using ProvingMarket.Domain.Programs;

namespace ProvingMarket.Client;

/// <summary>A circuit of a <see cref="CircuitCatalog"/>.</summary>
public sealed record Circuit
{
    /// <summary>Its name, unique in the catalogue.</summary>
    public required string Name { get; init; }

    /// <summary>The folder it lies in.</summary>
    public required string Folder { get; init; }

    /// <summary>The id of its program.</summary>
    public required string ProgramId { get; init; }

    /// <summary>What is registered for it with the market, as its manifest has it: who registers its key with another work or other files has another program, which
    /// whoever has this circuit does not offer. One constraint is one thousandth of a work unit.</summary>
    public required ProgramDefinition Definition { get; init; }

    /// <summary>Names of the public inputs, in the order of the proof system.</summary>
    public required ImmutableArray<string> PublicInputs { get; init; }

    /// <summary>All files of the circuit, by role.</summary>
    public required ImmutableArray<CircuitFile> Files { get; init; }
}

/// <summary>A file of a circuit, as its manifest states it.</summary>
public sealed record CircuitFile
{
    /// <summary>The role of the witness generator.</summary>
    public const string WasmRole = "wasm";

    /// <summary>The role of the proving key.</summary>
    public const string ZkeyRole = "zkey";

    /// <summary>The role of the verification key.</summary>
    public const string VkeyRole = "vkey";

    /// <summary>The role of a sample input.</summary>
    public const string InputRole = "input";

    /// <summary>What it is for.</summary>
    public required string Role { get; init; }

    /// <summary>Where it is: an absolute path.</summary>
    public required string Path { get; init; }

    /// <summary>Its size in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>SHA-256 of its content, 64 lower-case hexadecimal digits.</summary>
    public required string Sha256 { get; init; }
}
