using System.Security.Cryptography;

namespace ProvingMarket.Client.Tests.Backends;

/// <summary>What is committed under circuits/, checked without Node. That it was built from the sources is checked by `npm run check` there.</summary>
public class CircuitTests
{
    public static TheoryData<string> Circuits => [.. Circuit.Names];

    [Theory, MemberData(nameof(Circuits))]
    public void Every_file_of_the_manifest_is_committed_unchanged(string name)
    {
        var circuit = new Circuit(name);
        var files = circuit.Manifest.GetProperty("files").EnumerateArray().ToArray();

        Assert.Equal("source wasm zkey vkey input input input input", string.Join(' ', files.Select(file => file.GetProperty("role").GetString())));
        Assert.All(files, file =>
        {
            var content = File.ReadAllBytes(Path.Combine(circuit.Folder, file.GetProperty("path").GetString()!));
            Assert.Equal(file.GetProperty("bytes").GetInt64(), content.Length);
            Assert.Equal(file.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(content)));
        });
    }

    [Theory, MemberData(nameof(Circuits))]
    public void The_inputs_name_the_public_inputs_of_the_verification_key_and_differ(string name)
    {
        var circuit = new Circuit(name);
        var publicInputs = Enumerable.Range(1, 4).Select(number => string.Join(',', circuit.PublicInputs(circuit.Input(number)))).ToArray();

        Assert.Equal(Circuit.ReadJson(circuit.VerificationKey).GetProperty("nPublic").GetInt32(), circuit.PublicInputNames.Length);
        Assert.Equal(publicInputs.Length, publicInputs.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void All_circuits_together_stay_under_15_megabytes()
    {
        var bytes = Directory.EnumerateFiles(Circuit.Root, "*", SearchOption.AllDirectories)
            .Where(path => !path.Contains("node_modules", StringComparison.Ordinal))
            .Sum(path => new FileInfo(path).Length);

        Assert.InRange(bytes, 1, 15_000_000);
    }
}
