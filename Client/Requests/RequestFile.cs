using System.Collections.Immutable;
using System.Text.Json;
using ProvingMarket.Client.Json;
using ProvingMarket.Client.Requests;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Qos;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Client;

/// <summary>A request for a proof as people write it in a JSON file, with the content of the input file it names.</summary>
/// <remarks>Fields, with those that may be left out in brackets: [requestId], [account], program (name of a circuit, or program id), input
/// (path, relative to the file), [publicInputs] (array of decimal texts), or for a batch instead of both statements (array of {input,
/// [publicInputs]}), maxPrice (credits), softDeadline and hardDeadline
/// (<see cref="Deadline.Form"/>), [weights] {speed, cost, safety, censorshipResistance}, [halfLife] (a duration), [constraints] {minRedundancy, hardware,
/// allowedProvers, deniedProvers, minStake}, [mechanism] {name, parameters}, [fallbacks] (array of {mechanism {name, parameters},
/// [on] (array of nobodyBid, late, invalidProof, notStarted; every cause when left out)}, tried in this order). Anything else is refused.</remarks>
public sealed record RequestFile
{
    /// <summary>The id, when the file has one.</summary>
    public string? RequestId { get; init; }

    /// <summary>The account that pays, when the file names one.</summary>
    public string? Account { get; init; }

    /// <summary>The name of a circuit, or a program id.</summary>
    public required string Program { get; init; }

    /// <summary>The content of the input file; empty for a batch.</summary>
    public Bytes Input { get; init; }

    /// <summary>The public inputs; null when they are to be taken from the input by the names the circuit gives them.</summary>
    public ImmutableArray<string>? PublicInputs { get; init; }

    /// <summary>The statements of a batch; empty for a single statement.</summary>
    public ImmutableArray<RequestFileStatement> Statements { get; init; } = [];

    /// <summary>The most to pay.</summary>
    public required Credits MaxPrice { get; init; }

    /// <summary>When the proof is wanted.</summary>
    public required Deadline SoftDeadline { get; init; }

    /// <summary>When it becomes worthless.</summary>
    public required Deadline HardDeadline { get; init; }

    /// <summary>What matters.</summary>
    public QosWeights Weights { get; init; } = new();

    /// <summary>After which the proof is worth half, by which its speed is judged; null for the program's median solo proving time.</summary>
    public TimeSpan? HalfLife { get; init; }

    /// <summary>What is not negotiable.</summary>
    public RequestConstraints Constraints { get; init; } = new();

    /// <summary>The mechanism; null when the market is to choose.</summary>
    public MechanismChoice? Mechanism { get; init; }

    /// <summary>What to fall back to, in this order, when the mechanism fails.</summary>
    public ImmutableArray<RequestFallback> Fallbacks { get; init; } = [];

    /// <summary>Reads a file and the input it names. Refuses anything malformed, naming the field.</summary>
    public static (RequestFile? File, Refusal? Refusal) Read(string path)
    {
        var (json, unreadable) = Files.Read(path, "a readable request file", MarketLimits.InputBytes);
        return unreadable is not null
            ? (null, unreadable)
            : RequestFileReader.Read(json, Path.GetFileName(path), input => Files.Read(
                Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, input), "a readable input file", MarketLimits.InputBytes));
    }

    /// <summary>The request to submit, checked by the market's own rules.</summary>
    /// <param name="catalog">The circuits that <see cref="Program"/> may name; without it, only a program id is understood.</param>
    /// <param name="now">What relative deadlines count from.</param>
    /// <param name="requestId">The id to use instead of the file's.</param>
    /// <param name="account">The account to use instead of the file's.</param>
    public (ProofRequestSpec? Spec, Refusal? Refusal) ToSpec(
        CircuitCatalog? catalog, DateTimeOffset now, string? requestId = null, string? account = null)
    {
        var circuit = catalog?.Find(Program);
        if (circuit is null && Ids.CheckSha256("program", Program) is not null)
        {
            var known = catalog is null ? "" : $" or one of the circuits {string.Join(", ", catalog.Circuits.Select(c => c.Name))}";
            return (null, Refusal.Of(ReasonCode.ProgramUnknown, "program", $"a program id of 64 hexadecimal digits{known}", Program));
        }
        var (publicInputs, refusal) = Statements.IsEmpty ? PublicInputsOf(circuit, Input, PublicInputs) : default;
        if (refusal is not null) return (null, refusal);
        var statements = ImmutableArray.CreateBuilder<ProofStatement>();
        foreach (var statement in Statements)
        {
            (var ofStatement, refusal) = PublicInputsOf(circuit, statement.Input, statement.PublicInputs);
            if (refusal is not null) return (null, refusal with { Field = $"statements[{statements.Count}].{refusal.Field}" });
            statements.Add(new ProofStatement { PublicInputs = ofStatement, Input = statement.Input });
        }

        var spec = new ProofRequestSpec
        {
            RequestId = requestId ?? RequestId ?? "",
            Account = account ?? Account ?? "",
            ProgramId = circuit?.ProgramId ?? Program,
            PublicInputs = publicInputs,
            Input = Input,
            Statements = statements.ToImmutable(),
            MaxPrice = MaxPrice,
            SoftDeadline = SoftDeadline.From(now),
            HardDeadline = HardDeadline.From(now),
            Weights = Weights,
            Constraints = Constraints,
            Mechanism = Mechanism,
            Fallbacks = Fallbacks,
            HalfLife = HalfLife,
        };
        return RequestRules.Check(spec, now) is { } wrong ? (null, wrong) : (spec, null);
    }

    /// <summary>Whether a request that was submitted before with this id is this file, sent once more: nothing differs but deadlines that the file gives as durations, and these by the time
    /// that has passed. The deadlines stay those of the first time.</summary>
    /// <param name="spec">What was refused, as <see cref="ToSpec"/> made it.</param>
    /// <param name="conflict">How it differs from the request that is there.</param>
    public bool IsSentAgain(ProofRequestSpec spec, RequestConflict conflict)
    {
        var (soft, hard) = (spec.SoftDeadline - conflict.SoftDeadline, spec.HardDeadline - conflict.HardDeadline);
        return conflict.Fields.All(field => field is RequestRules.SoftDeadline or RequestRules.HardDeadline)
            && (SoftDeadline.IsDuration || soft == TimeSpan.Zero)
            && (HardDeadline.IsDuration || hard == TimeSpan.Zero)
            && (!SoftDeadline.IsDuration || !HardDeadline.IsDuration || soft == hard);
    }

    private static (Bytes PublicInputs, Refusal? Refusal) PublicInputsOf(Circuit? circuit, Bytes input, ImmutableArray<string>? stated)
    {
        var (values, refusal) = stated is { } known ? (known, null) : RequestFileReader.PublicInputsOf(circuit, input);
        return refusal is null ? (Bytes.CopyOf(JsonSerializer.SerializeToUtf8Bytes(values)), null) : (default, refusal);
    }
}

/// <summary>A statement of a batch in a <see cref="RequestFile"/>.</summary>
public sealed record RequestFileStatement
{
    /// <summary>The content of the input file.</summary>
    public required Bytes Input { get; init; }

    /// <summary>The public inputs; null when they are to be taken from the input by the names the circuit gives them.</summary>
    public ImmutableArray<string>? PublicInputs { get; init; }
}
