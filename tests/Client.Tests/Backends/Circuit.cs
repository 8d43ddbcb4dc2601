using System.Collections.Immutable;
using System.Text.Json;
using ProvingMarket.Client.Backends;

namespace ProvingMarket.Client.Tests.Backends;

/// <summary>A circuit of the repository with its files.</summary>
internal sealed class Circuit(string name)
{
    public static readonly string[] Names = ["poseidon-preimage", "merkle-membership", "eddsa-signature"];

    public static string Root { get; } = Path.Combine(FindRepository(), "circuits");

    public string Folder { get; } = Path.Combine(Root, name);

    public string Wasm => Path.Combine(Folder, "build", $"{name}.wasm");

    public string Zkey => Path.Combine(Folder, "build", $"{name}.zkey");

    public string VerificationKey => Path.Combine(Folder, "build", "verification_key.json");

    public JsonElement Manifest => ReadJson(Path.Combine(Folder, "manifest.json"));

    public string[] PublicInputNames => [.. Manifest.GetProperty("publicInputs").EnumerateArray().Select(input => input.GetString()!)];

    public static JsonElement ReadJson(string path) => JsonDocument.Parse(File.ReadAllBytes(path)).RootElement;

    public byte[] Input(int number) => File.ReadAllBytes(Path.Combine(Folder, "inputs", $"{number}.json"));

    /// <summary>The public inputs that belong to an input, as snarkjs writes them.</summary>
    public string[] PublicInputs(byte[] input)
    {
        var values = JsonDocument.Parse(input).RootElement;
        return [.. PublicInputNames.Select(signal => values.GetProperty(signal).GetString()!)];
    }

    public ProverJob Job(int number = 1) => Job(Input(number));

    public ProverJob Job(byte[] input) => new()
    {
        ProgramId = name,
        Artefacts = ImmutableDictionary<string, string>.Empty.Add(ArtefactRoles.WitnessGenerator, Wasm).Add(ArtefactRoles.ProvingKey, Zkey),
        Input = input,
    };

    private static string FindRepository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "ProvingMarket.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("the tests run outside the repository");
        return folder;
    }
}
