using System.Text.Json.Nodes;
using ProvingMarket.Client.Tests.Fakes;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Qos;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Client.Tests.Requests;

public sealed class RequestFileTests : IDisposable
{
    private readonly CircuitFolder _folder = new("merkle");
    private readonly CircuitCatalog _catalog;
    private readonly string _path;

    public RequestFileTests()
    {
        _catalog = CircuitCatalog.Open(_folder.Path).Catalog!;
        _path = Path.Combine(_folder.Path, "request.json");
        File.WriteAllText(Path.Combine(_folder.Path, "input.json"), """{"root": "12", "scope": [7, ["8"]], "secret": "34"}""");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_field_reaches_the_request()
    {
        var (spec, refusal) = Read(Full()).ToSpec(_catalog, TestClock.Start);
        Assert.Null(refusal);
        Assert.Equal(("nightly-1", "alice"), (spec!.RequestId, spec.Account));
        Assert.Equal(_catalog.Find("merkle")!.ProgramId, spec.ProgramId);
        Assert.Equal("""["1","2"]""", spec.PublicInputs.ToUtf8String());
        Assert.Contains("secret", spec.Input.ToUtf8String(), StringComparison.Ordinal);
        Assert.Equal(new Credits(12_500_000), spec.MaxPrice);
        Assert.Equal(TestClock.Start.AddSeconds(20), spec.SoftDeadline);
        Assert.Equal(TestClock.Start.AddMinutes(1), spec.HardDeadline);
        Assert.Equal(new QosWeights { Speed = 10, Cost = 3, Safety = 0, CensorshipResistance = 2 }, spec.Weights);
        Assert.Equal(2, spec.Constraints.MinRedundancy);
        Assert.Equal(["gpu"], spec.Constraints.Hardware.AsEnumerable());
        Assert.Equal(["p1", "p2"], spec.Constraints.AllowedProvers.AsEnumerable());
        Assert.Equal(["p3"], spec.Constraints.DeniedProvers.AsEnumerable());
        Assert.Equal(Credits.Whole(5), spec.Constraints.MinStake);
        Assert.Equal("race", spec.Mechanism!.Name);
        Assert.Equal([("bond", "2"), ("decay", "none"), ("reward", "10.5")], spec.Mechanism.Parameters.Select(p => (p.Key, p.Value)));
    }

    /// <summary>Sent a minute later, a file with durations asks for later deadlines, and for nothing else.</summary>
    [Theory]
    [InlineData("20s", "1m", "20s", "1m", true)]
    [InlineData("20s", "1m", "20s", "2m", false)]
    [InlineData("10s", "1m", "20s", "1m", false)]
    [InlineData("2026-03-01T12:30:00Z", "2h", "2026-03-01T12:30:00Z", "2h", true)]
    [InlineData("2026-03-01T12:30:00Z", "2h", "2026-03-01T12:30:01Z", "2h", false)]
    [InlineData("20s", "2026-03-01T12:30:00Z", "20s", "2026-03-01T12:30:01Z", false)]
    public void A_file_is_known_when_it_is_sent_again(string soft, string hard, string softAgain, string hardAgain, bool isSame)
    {
        var first = Read(With(soft, hard)).ToSpec(_catalog, TestClock.Start).Spec!;
        var file = Read(With(softAgain, hardAgain));
        var again = file.ToSpec(_catalog, TestClock.Start.AddMinutes(1)).Spec!;
        var conflict = new RequestConflict
        {
            Fields = RequestRules.DifferencesOf(first, again), SubmittedAt = TestClock.Start, SoftDeadline = first.SoftDeadline, HardDeadline = first.HardDeadline,
        };
        Assert.Equal(isSame, file.IsSentAgain(again, conflict));
        Assert.False(file.IsSentAgain(again, conflict with { Fields = conflict.Fields.Add("maxPrice") }));

        JsonObject With(string softDeadline, string hardDeadline)
        {
            var json = Full();
            (json["softDeadline"], json["hardDeadline"]) = (softDeadline, hardDeadline);
            return json;
        }
    }

    [Fact]
    public void A_batch_has_the_public_inputs_and_the_input_of_every_statement()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "second.json"), """{"root": "13", "scope": [7, ["8"]], "secret": "35"}""");
        var json = Full();
        json.Remove("input");
        json.Remove("publicInputs");
        json["statements"] = JsonNode.Parse("""[ { "input": "input.json" }, { "input": "second.json", "publicInputs": ["5"] } ]""");
        var (spec, refusal) = Read(json).ToSpec(_catalog, TestClock.Start);
        Assert.Null(refusal);
        Assert.Equal((0, 0), (spec!.PublicInputs.Length, spec.Input.Length));
        Assert.Equal(["""["12","7","8"]""", """["5"]"""], spec.Statements.Select(statement => statement.PublicInputs.ToUtf8String()));
        Assert.Contains("35", spec.Statements[1].Input.ToUtf8String(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("input", """ "input.json" """, """[ { "input": "input.json" } ]""")]
    [InlineData("publicInputs", """["1"]""", """[ { "input": "input.json" } ]""")]
    [InlineData("statements[0].input", null, """[ { "publicInputs": ["1"] } ]""")]
    [InlineData("statements[1].surprise", null, """[ { "input": "input.json" }, { "input": "input.json", "surprise": 1 } ]""")]
    public void A_malformed_batch_is_refused_by_field(string field, string? value, string statements)
    {
        var json = Full();
        json.Remove("input");
        json.Remove("publicInputs");
        if (value is not null) json[field] = JsonNode.Parse(value);
        json["statements"] = JsonNode.Parse(statements);
        File.WriteAllText(_path, json.ToJsonString());
        Assert.Equal(field, RequestFile.Read(_path).Refusal?.Field);
    }

    [Fact]
    public void Fallbacks_reach_the_request_in_their_order()
    {
        var json = Full();
        json["fallbacks"] = JsonNode.Parse("""
            [
              { "mechanism": { "name": "dutch-auction", "parameters": { "bond": 1 } }, "on": ["nobodyBid", "late"] },
              { "mechanism": { "name": "race" }, "on": ["invalidProof"] },
              { "mechanism": { "name": "race", "parameters": { "participants": 5 } } }
            ]
            """);
        var (spec, refusal) = Read(json).ToSpec(_catalog, TestClock.Start);
        Assert.Null(refusal);
        Assert.Equal(
            ["dutch-auction bond=1: NobodyBid, Late", "race : InvalidProof", "race participants=5: "],
            spec!.Fallbacks.Select(fallback =>
                $"{fallback.Mechanism.Name} {string.Join(", ", fallback.Mechanism.Parameters.Select(p => $"{p.Key}={p.Value}"))}: {string.Join(", ", fallback.Causes)}"));
    }

    [Theory]
    [InlineData("""[{ "on": ["late"] }]""", ReasonCode.FieldMissing, "fallbacks[0].mechanism")]
    [InlineData("""[{ "mechanism": { "name": "race" }, "on": ["late", "bored"] }]""", ReasonCode.FieldMalformed, "fallbacks[0].on[1]")]
    [InlineData("""[{ "mechanism": { "name": "race" }, "on": "late" }]""", ReasonCode.FieldMalformed, "fallbacks[0].on")]
    [InlineData("""[{ "mechanism": { "name": "race" }, "when": [] }]""", ReasonCode.FieldMalformed, "fallbacks[0].when")]
    [InlineData("""[{ "mechanism": { "parameters": {} } }]""", ReasonCode.FieldMissing, "fallbacks[0].mechanism.name")]
    [InlineData("""{ "mechanism": { "name": "race" } }""", ReasonCode.FieldMalformed, "fallbacks")]
    public void A_malformed_fallback_is_refused_at_its_place(string fallbacks, ReasonCode code, string field)
    {
        var json = Full();
        json["fallbacks"] = JsonNode.Parse(fallbacks);
        File.WriteAllText(_path, json.ToJsonString());
        var refusal = RequestFile.Read(_path).Refusal;
        Assert.Equal((code, field), (refusal!.Code, refusal.Field));
    }

    [Fact]
    public void What_is_left_out_takes_the_defaults_and_the_callers_ids()
    {
        var json = Minimal();
        json["program"] = new string('a', 64);
        var (spec, refusal) = Read(json).ToSpec(null, TestClock.Start, "r9", "bob");
        Assert.Null(refusal);
        Assert.Equal(("r9", "bob"), (spec!.RequestId, spec.Account));
        Assert.Equal(new QosWeights(), spec.Weights);
        Assert.Equal(1, spec.Constraints.MinRedundancy);
        Assert.Null(spec.Mechanism);
    }

    [Fact]
    public void The_callers_ids_come_before_the_files() =>
        Assert.Equal("r9", Read(Full()).ToSpec(_catalog, TestClock.Start, "r9").Spec!.RequestId);

    [Fact]
    public void Public_inputs_that_are_not_stated_are_taken_from_the_input_by_the_circuits_names()
    {
        var json = Full();
        json.Remove("publicInputs");
        Assert.Equal("""["12","7","8"]""", Read(json).ToSpec(_catalog, TestClock.Start).Spec!.PublicInputs.ToUtf8String());
    }

    [Theory]
    [InlineData("""{"root": "12"}""", ReasonCode.FieldMissing, "input.scope")]
    [InlineData("""{"root": "0x0c", "scope": "1"}""", ReasonCode.FieldMalformed, "input.root")]
    [InlineData("""{"root": 1.5, "scope": "1"}""", ReasonCode.FieldMalformed, "input.root")]
    [InlineData("""["root"]""", ReasonCode.FieldMalformed, "input")]
    public void Public_inputs_that_the_input_does_not_give_are_refused(string input, ReasonCode code, string field)
    {
        File.WriteAllText(Path.Combine(_folder.Path, "input.json"), input);
        var json = Full();
        json.Remove("publicInputs");
        var refusal = Read(json).ToSpec(_catalog, TestClock.Start).Refusal;
        Assert.Equal((code, field), (refusal!.Code, refusal.Field));
    }

    [Theory]
    [InlineData("\"account\"", "\"alice\"", "\"\\ud800\"")]
    [InlineData("\"program\"", "\"merkle\"", "\"\\udc00\\ud800\"")]
    [InlineData("\"bond\"", "\"bond\"", "\"\\ud800\"")]
    [InlineData("\"requestId\"", "\"requestId\"", "\"request\\ud800Id\"")]
    [InlineData("\"p3\"", "\"p3\"", "\"\\ud83d\"")]
    public void A_text_that_is_no_Unicode_is_refused(string place, string from, string to)
    {
        var json = Full().ToJsonString();
        var at = json.IndexOf(from, json.IndexOf(place, StringComparison.Ordinal), StringComparison.Ordinal);
        File.WriteAllText(_path, json[..at] + to + json[(at + from.Length)..]);

        var refusal = RequestFile.Read(_path).Refusal;

        Assert.Equal((ReasonCode.FieldMalformed, "request.json"), (refusal!.Code, refusal.Field));
        Assert.Contains("Unicode", refusal.Limit, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00+14:00")]
    [InlineData("9999-12-31T23:59:59-14:00")]
    public void A_deadline_outside_of_time_is_refused(string time)
    {
        var json = Full();
        json["hardDeadline"] = time;
        Assert.Equal("hardDeadline", TryRead(json).Refusal?.Field);
    }

    public static TheoryData<string, ReasonCode, Action<JsonObject>> Bad => new()
    {
        { "program", ReasonCode.FieldMissing, json => json.Remove("program") },
        { "program", ReasonCode.FieldMalformed, json => json["program"] = 1 },
        { "input", ReasonCode.FieldMissing, json => json.Remove("input") },
        { "maxPrice", ReasonCode.FieldMissing, json => json.Remove("maxPrice") },
        { "maxPrice", ReasonCode.FieldMalformed, json => json["maxPrice"] = "1.0000001" },
        { "maxPrice", ReasonCode.FieldMalformed, json => json["maxPrice"] = "ten" },
        { "maxPrice", ReasonCode.FieldMalformed, json => json["maxPrice"] = 1e30 },
        { "softDeadline", ReasonCode.FieldMissing, json => json.Remove("softDeadline") },
        { "softDeadline", ReasonCode.FieldMalformed, json => json["softDeadline"] = "20" },
        { "hardDeadline", ReasonCode.FieldMalformed, json => json["hardDeadline"] = 20 },
        { "publicInputs", ReasonCode.FieldMalformed, json => json["publicInputs"] = "1" },
        { "publicInputs[1]", ReasonCode.FieldMalformed, json => json["publicInputs"] = new JsonArray("1", 2) },
        { "weights.speed", ReasonCode.OutOfRange, json => json["weights"]!["speed"] = 11 },
        { "weights.cost", ReasonCode.FieldMalformed, json => json["weights"]!["cost"] = 1.5 },
        { "weights.spead", ReasonCode.FieldMalformed, json => json["weights"]!["spead"] = 1 },
        { "constraints.minRedundancy", ReasonCode.OutOfRange, json => json["constraints"]!["minRedundancy"] = 0 },
        { "constraints.minRedundancy", ReasonCode.OutOfRange, json => json["constraints"]!["minRedundancy"] = 3_000_000_000 },
        { "constraints.minStake", ReasonCode.FieldMalformed, json => json["constraints"]!["minStake"] = "lots" },
        { "constraints.hardware[0]", ReasonCode.FieldMalformed, json => json["constraints"]!["hardware"] = new JsonArray(true) },
        { "mechanism", ReasonCode.FieldMalformed, json => json["mechanism"] = "race" },
        { "mechanism.name", ReasonCode.FieldMissing, json => json["mechanism"]!.AsObject().Remove("name") },
        { "mechanism.parameters.bond", ReasonCode.FieldMalformed, json => json["mechanism"]!["parameters"]!["bond"] = new JsonArray() },
        { "price", ReasonCode.FieldMalformed, json => json["price"] = 1 },
        { "input (" , ReasonCode.FieldMissing, json => json["input"] = "nowhere.json" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_bad_field_is_refused_by_its_name(string field, ReasonCode code, Action<JsonObject> spoil)
    {
        var json = Full();
        spoil(json);
        var refusal = TryRead(json).Refusal;
        Assert.Equal(code, refusal?.Code);
        if (field.EndsWith('(')) Assert.StartsWith(field, refusal!.Field, StringComparison.Ordinal);
        else Assert.Equal(field, refusal!.Field);
    }

    [Theory]
    [InlineData("program", ReasonCode.ProgramUnknown, "\"unknown-circuit\"")]
    [InlineData("maxPrice", ReasonCode.PriceNotPositive, "0")]
    [InlineData("hardDeadline", ReasonCode.DeadlinesReversed, "\"10s\"")]
    [InlineData("softDeadline", ReasonCode.DeadlineInPast, "\"2026-01-01T00:00:00Z\"")]
    [InlineData("requestId", ReasonCode.FieldMalformed, "\"a b\"")]
    [InlineData("account", ReasonCode.FieldMissing, "\"\"")]
    public void What_the_market_would_refuse_is_refused_by_its_rules(string field, ReasonCode code, string value)
    {
        var json = Full();
        json[field] = JsonNode.Parse(value);
        var refusal = Read(json).ToSpec(_catalog, TestClock.Start).Refusal;
        Assert.Equal((code, field), (refusal!.Code, refusal.Field));
    }

    [Theory]
    [InlineData("""{"program": "a", "program": "b"}""")]
    [InlineData("""{"program": "a", }""")]
    [InlineData("""[]""")]
    [InlineData("")]
    public void A_file_that_is_not_one_object_of_distinct_fields_is_refused(string json)
    {
        File.WriteAllText(_path, json);
        Assert.Equal("request.json", RequestFile.Read(_path).Refusal?.Field);
    }

    [Fact]
    public void A_file_that_is_not_there_is_refused_by_its_path() =>
        Assert.Equal(_path, RequestFile.Read(_path).Refusal?.Field);

    [Fact]
    public void A_folder_is_refused_as_that() =>
        Assert.Equal("a folder", RequestFile.Read(Path.GetDirectoryName(_path)!).Refusal?.Value);

    [Fact]
    public void An_input_over_the_limit_is_refused_with_limit_and_size()
    {
        File.WriteAllBytes(Path.Combine(_folder.Path, "input.json"), new byte[MarketLimits.InputBytes + 1]);
        var refusal = TryRead(Full()).Refusal!;
        Assert.Equal(ReasonCode.FieldTooLarge, refusal.Code);
        Assert.Contains($"{MarketLimits.InputBytes} bytes", refusal.Limit, StringComparison.Ordinal);
        Assert.Equal($"{MarketLimits.InputBytes + 1} bytes", refusal.Value);
    }

    private static JsonObject Minimal() => new()
    {
        ["program"] = "merkle",
        ["input"] = "input.json",
        ["publicInputs"] = new JsonArray("1", "2"),
        ["maxPrice"] = 12.5,
        ["softDeadline"] = "20s",
        ["hardDeadline"] = "1m",
    };

    private static JsonObject Full()
    {
        var json = Minimal();
        json["requestId"] = "nightly-1";
        json["account"] = "alice";
        json["weights"] = new JsonObject { ["speed"] = 10, ["cost"] = 3, ["safety"] = 0, ["censorshipResistance"] = 2 };
        json["constraints"] = new JsonObject
        {
            ["minRedundancy"] = 2,
            ["hardware"] = new JsonArray("gpu"),
            ["allowedProvers"] = new JsonArray("p1", "p2"),
            ["deniedProvers"] = new JsonArray("p3"),
            ["minStake"] = "5",
        };
        json["mechanism"] = new JsonObject
        {
            ["name"] = "race", ["parameters"] = new JsonObject { ["reward"] = 10.5, ["bond"] = "2", ["decay"] = "none" },
        };
        return json;
    }

    private RequestFile Read(JsonObject json)
    {
        var (file, refusal) = TryRead(json);
        Assert.Null(refusal);
        return file!;
    }

    private (RequestFile? File, Refusal? Refusal) TryRead(JsonObject json)
    {
        File.WriteAllText(_path, json.ToJsonString());
        return RequestFile.Read(_path);
    }
}
