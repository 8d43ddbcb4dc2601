using System.Text.Json.Nodes;
using ProvingMarket.Client.Tests.Fakes;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.TestKit;

namespace ProvingMarket.Client.Tests.Programs;

public sealed class CircuitCatalogTests : IDisposable
{
    private readonly CircuitFolder _folder = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_circuit_becomes_a_program_whose_id_is_of_its_definition_and_whose_work_is_its_constraints()
    {
        _folder.Add("merkle", constraints: 5293);
        _folder.Add("hash", constraints: 240);
        var catalog = Open();

        Assert.Equal(["hash", "merkle"], catalog.Circuits.Select(circuit => circuit.Name));
        var merkle = catalog.Find("merkle")!;
        Assert.Same(merkle, catalog.Find(merkle.ProgramId));
        Assert.Null(catalog.Find("none"));
        Assert.Equal(ProgramRules.IdOf(merkle.Definition), merkle.ProgramId);
        Assert.Equal("5.293", merkle.Definition.Work.ToString());
        Assert.Equal(["root", "scope"], merkle.PublicInputs.AsEnumerable());
        Assert.Equal(["wasm", "zkey"], merkle.Definition.Artefacts.Select(artefact => artefact.Role));
        Assert.Null(ProgramRules.Check(merkle.Definition));
    }

    [Fact]
    public void Artefacts_are_found_by_their_hash()
    {
        var folder = _folder.Add("merkle");
        var catalog = Open();
        var (paths, refusal) = catalog.Locate(catalog.Circuits[0].Definition.Artefacts);
        Assert.Null(refusal);
        Assert.Equal(Path.Combine(folder, "circuit.wasm"), paths!["wasm"]);
        Assert.Equal(Path.Combine(folder, "circuit.zkey"), paths["zkey"]);
    }

    [Fact]
    public void A_program_is_proved_with_the_files_of_its_own_manifest()
    {
        _folder.Add("merkle");
        _folder.Add("hash");
        var catalog = Open();
        foreach (var circuit in catalog.Circuits)
            Assert.Equal(catalog.Locate(circuit.Definition.Artefacts).PathsByRole!.AsEnumerable(), catalog.Locate(circuit.ProgramId).PathsByRole!);

        var cheaper = ProgramRules.IdOf(catalog.Circuits[0].Definition with { Work = new WorkUnits(1) });
        var refusal = catalog.Locate(cheaper).Refusal!;
        Assert.Equal((ReasonCode.ArtefactsMissing, "programId", cheaper), (refusal.Code, refusal.Field, refusal.Value));
    }

    [Fact]
    public void An_altered_file_is_refused_with_its_path_and_both_hashes()
    {
        var folder = _folder.Add("merkle");
        var catalog = Open();
        var zkey = catalog.Circuits[0].Definition.Artefacts[1];
        File.AppendAllText(Path.Combine(folder, "circuit.zkey"), "!");
        var altered = Bytes.CopyOf(File.ReadAllBytes(Path.Combine(folder, "circuit.zkey"))).Sha256();

        var refusal = catalog.Locate([zkey]).Refusal!;
        Assert.Equal(ReasonCode.ArtefactsMissing, refusal.Code);
        Assert.Equal(Path.Combine(folder, "circuit.zkey"), refusal.Field);
        Assert.Contains(zkey.Sha256, refusal.Limit, StringComparison.Ordinal);
        Assert.Contains(altered, refusal.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_refused_until_it_is_back()
    {
        var folder = _folder.Add("merkle");
        var catalog = Open();
        var wasm = Path.Combine(folder, "circuit.wasm");
        var content = File.ReadAllText(wasm);
        File.Delete(wasm);
        var refusal = catalog.Locate(catalog.Circuits[0].Definition.Artefacts).Refusal!;
        Assert.Equal((ReasonCode.ArtefactsMissing, wasm), (refusal.Code, refusal.Field));

        File.WriteAllText(wasm, content);
        Assert.Null(catalog.Locate(catalog.Circuits[0].Definition.Artefacts).Refusal);
    }

    [Fact]
    public void A_file_is_read_for_its_hash_once_while_it_does_not_change()
    {
        var zkey = Path.Combine(_folder.Add("merkle"), "circuit.zkey");
        var catalog = Open();
        var artefacts = catalog.Circuits[0].Definition.Artefacts;
        Assert.Null(catalog.Locate(artefacts).Refusal);
        // What only its content would tell.
        var changedAt = File.GetLastWriteTimeUtc(zkey);
        File.WriteAllText(zkey, new string('?', (int)new FileInfo(zkey).Length));
        File.SetLastWriteTimeUtc(zkey, changedAt);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(catalog.Locate(artefacts).Refusal);
    }

    [Fact]
    public void A_file_that_has_changed_is_refused_a_second_later_at_most_until_it_is_right_again()
    {
        var zkey = Path.Combine(_folder.Add("merkle"), "circuit.zkey");
        var catalog = Open();
        var artefacts = catalog.Circuits[0].Definition.Artefacts;
        Assert.Null(catalog.Locate(artefacts).Refusal);
        var (content, changedAt) = (File.ReadAllText(zkey), File.GetLastWriteTimeUtc(zkey));

        File.WriteAllText(zkey, new string('?', content.Length));
        File.SetLastWriteTimeUtc(zkey, changedAt.AddSeconds(1));
        Assert.Null(catalog.Locate(catalog.Circuits[0].ProgramId).Refusal);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(zkey, catalog.Locate(catalog.Circuits[0].ProgramId).Refusal?.Field);
        for (var i = 0; i < 2; i++) Assert.Equal((ReasonCode.ArtefactsMissing, zkey), (catalog.Locate(artefacts).Refusal!.Code, catalog.Locate(artefacts).Refusal!.Field));

        File.Delete(zkey);
        Assert.Equal(ReasonCode.ArtefactsMissing, catalog.Locate(artefacts).Refusal!.Code);

        File.WriteAllText(zkey, content);
        Assert.Null(catalog.Locate(artefacts).Refusal);
    }

    [Fact]
    public void An_artefact_that_no_manifest_names_is_refused()
    {
        _folder.Add("merkle");
        var refusal = Open().Locate([new ProgramArtefact { Role = "zkey", Sha256 = new string('0', 64), Size = 1 }]).Refusal!;
        Assert.Equal(ReasonCode.ArtefactsMissing, refusal.Code);
        Assert.Contains(new string('0', 64), refusal.Limit, StringComparison.Ordinal);
    }

    [Fact]
    public void A_verification_key_that_is_not_the_manifests_is_refused_at_once()
    {
        var folder = _folder.Add("merkle");
        File.WriteAllText(Path.Combine(folder, "verification_key.json"), "{}");
        Assert.Equal(Path.Combine(folder, "verification_key.json"), CircuitCatalog.Open(_folder.Path).Refusal?.Field);
    }

    public static TheoryData<string, Action<JsonObject>> Spoiled => new()
    {
        { "circuit", manifest => manifest.Remove("circuit") },
        { "circuit", manifest => manifest["circuit"] = "two words" },
        { "proofSystem", manifest => manifest["proofSystem"] = 16 },
        { "constraints", manifest => manifest["constraints"] = 0 },
        { "constraints", manifest => manifest["constraints"] = "many" },
        { "publicInputs[0]", manifest => manifest["publicInputs"] = new JsonArray(1) },
        { "files", manifest => manifest["files"]!.AsArray().RemoveAt(0) },
        { "files[1].path", manifest => manifest["files"]![1]!["path"] = "../circuit.zkey" },
        { "files[1].path", manifest => manifest["files"]![1]!["path"] = "/etc/passwd" },
        { "files[1].path", manifest => manifest["files"]![1]!["path"] = "circuit\0.zkey" },
        { "files[0].sha256", manifest => manifest["files"]![0]!["sha256"] = "abc" },
        { "files[2].bytes", manifest => manifest["files"]![2]!.AsObject().Remove("bytes") },
    };

    [Theory]
    [MemberData(nameof(Spoiled))]
    public void A_malformed_manifest_is_refused_with_file_and_field(string field, Action<JsonObject> spoil)
    {
        var folder = _folder.Add("merkle", change: spoil);
        var refusal = CircuitCatalog.Open(_folder.Path).Refusal;
        Assert.Equal($"{Path.Combine(folder, "manifest.json")}: {field}", refusal?.Field);
    }

    [Fact]
    public void A_manifest_with_a_text_that_is_no_Unicode_is_refused_by_its_name()
    {
        var manifest = Path.Combine(_folder.Add("merkle"), "manifest.json");
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("\"merkle\"", "\"\\ud800\"", StringComparison.Ordinal));
        Assert.Equal(manifest, CircuitCatalog.Open(_folder.Path).Refusal?.Field);
    }

    [Fact]
    public void Two_circuits_with_one_name_are_refused()
    {
        _folder.Add("a");
        _folder.Add("b", change: manifest => manifest["circuit"] = "a");
        Assert.Contains("the same as", CircuitCatalog.Open(_folder.Path).Refusal?.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_circuits_with_one_program_are_refused_and_with_one_key_only_are_two_programs()
    {
        var first = _folder.Add("a", verificationKey: "{}");
        _folder.Add("b", verificationKey: "{}");
        Assert.Distinct(Open().Circuits.Select(circuit => circuit.ProgramId));

        foreach (var file in Directory.EnumerateFiles(first)) File.Copy(file, Path.Combine(_folder.Path, "b", Path.GetFileName(file)), overwrite: true);
        var manifest = Path.Combine(_folder.Path, "b", "manifest.json");
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("\"a\"", "\"b\"", StringComparison.Ordinal));
        Assert.Contains("the same as", CircuitCatalog.Open(_folder.Path).Refusal?.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_circuits_and_no_folder_at_all_are_refused()
    {
        Assert.Equal(_folder.Path, CircuitCatalog.Open(_folder.Path + Path.DirectorySeparatorChar).Refusal?.Field);
        var nowhere = Path.Combine(_folder.Path, "nowhere");
        Assert.Equal((ReasonCode.ArtefactsMissing, nowhere), (CircuitCatalog.Open(nowhere).Refusal!.Code, CircuitCatalog.Open(nowhere).Refusal!.Field));
    }

    private CircuitCatalog Open()
    {
        var (catalog, refusal) = CircuitCatalog.Open(_folder.Path, _time);
        Assert.Null(refusal);
        return catalog!;
    }
}
