using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Domain.Provers;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Tests;

/// <summary>Well-formed values that tests change in one place.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Now = new(2030, 5, 6, 7, 8, 9, TimeSpan.Zero);

    public static readonly DateTimeOffset Soft = Now.AddSeconds(60);

    public static readonly DateTimeOffset Hard = Now.AddSeconds(160);

    public static readonly string ProgramId = new('a', 64);

    public static readonly Credits Price = Credits.Whole(10);

    public static ProofRequestSpec Spec() => new()
    {
        RequestId = "request-1",
        Account = "bot",
        ProgramId = ProgramId,
        PublicInputs = Bytes.Utf8("""["1","2"]"""),
        Input = Bytes.Utf8("""{"secret":"3"}"""),
        MaxPrice = Price,
        SoftDeadline = Soft,
        HardDeadline = Hard,
        Mechanism = new MechanismChoice { Name = RaceParameters.MechanismName },
    };

    public static ProgramSummary Program() => new()
    {
        ProgramId = ProgramId, ProofSystem = "groth16", Name = "preimage", Work = new WorkUnits(1500), PublicInputs = 2,
    };

    public static ProgramDefinition Definition() => new()
    {
        ProofSystem = "groth16",
        VerificationKey = Bytes.Utf8("{}"),
        Name = "preimage",
        Work = new WorkUnits(1500),
        Artefacts = [new() { Role = "zkey", Sha256 = new string('b', 64), Size = 10 }],
    };

    public static RunOrder Order(params (string Name, string Value)[] parameters) => new()
    {
        RequestId = "request-1",
        Stage = 0,
        Mechanism = Choice(parameters),
        Program = Program(),
        PublicInputs = Bytes.Utf8("""["1","2"]"""),
        MaxPrice = Price,
        SoftDeadline = Soft,
        HardDeadline = Hard,
        Constraints = new RequestConstraints(),
        Account = "alice",
    };

    public static MechanismChoice Choice(params (string Name, string Value)[] parameters)
    {
        var choice = new MechanismChoice { Name = RaceParameters.MechanismName };
        foreach (var (name, value) in parameters) choice = choice with { Parameters = choice.Parameters.Add(name, value) };
        return choice;
    }

    public static ProverOffer Offer(string proverId = "p1") => new()
    {
        ProverId = proverId, Account = $"{proverId}-account", Programs = [ProgramId], Slots = 2, MilliUnitsPerSecond = 1000,
    };

    public static ProverPresence Present(string session = "s1") => new() { Session = session, LiveUntil = Now.AddHours(1) };
}
