using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace ProvingMarket.Client.Backends;

/// <summary>One proof to make.</summary>
public sealed partial record ProverJob
{
    private readonly string _programId = "";

    /// <summary>
    /// Identity of the program. It may become an argument of a command, so it begins with a letter or a digit and holds only
    /// those, <c>.</c>, <c>_</c>, <c>:</c> and <c>-</c>.
    /// </summary>
    /// <exception cref="ArgumentException">It holds something else.</exception>
    public required string ProgramId
    {
        get => _programId;
        init => _programId = ProgramIdFormat().IsMatch(value)
            ? value
            : throw new ArgumentException($"ProgramId '{value}' must be letters, digits, '.', '_', ':' and '-', beginning with a letter or a digit", nameof(value));
    }

    /// <summary>The program's files on this machine: role (see <see cref="ArtefactRoles"/>) → path.</summary>
    public required ImmutableDictionary<string, string> Artefacts { get; init; }

    /// <summary>The input as the program takes it; for circom, a JSON object from signal names to values.</summary>
    public required ReadOnlyMemory<byte> Input { get; init; }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._:-]*\z")]
    private static partial Regex ProgramIdFormat();
}

/// <summary>Names of the roles of a program's files.</summary>
public static class ArtefactRoles
{
    /// <summary>The circuit's witness generator, as compiled by circom 2 to WebAssembly.</summary>
    public const string WitnessGenerator = "wasm";

    /// <summary>The snarkjs proving key.</summary>
    public const string ProvingKey = "zkey";
}
