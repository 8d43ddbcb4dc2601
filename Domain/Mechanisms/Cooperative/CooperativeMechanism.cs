using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Forecasts;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms.Cooperative;

/// <summary>The committee as a mechanism of the market.</summary>
public sealed class CooperativeMechanism : IMechanism
{
    /// <inheritdoc/>
    public string Name => CooperativeParameters.MechanismName;

    /// <inheritdoc/>
    public string Summary => "A batch is shared among a drawn committee of 3f + 1, every statement among f + 1 of them: complete with any f silent or wrong, paid by the statement.";

    /// <inheritdoc/>
    public ImmutableArray<MechanismParameter> Parameters => CooperativeParameters.Listing;

    /// <inheritdoc/>
    public Refusal? Check(MechanismChoice choice, Credits maxPrice, RequestConstraints constraints) =>
        CooperativeParameters.Read(choice.Parameters, maxPrice, constraints, statements: 1).Refusal;

    /// <inheritdoc/>
    public Refusal? CheckBatch(MechanismChoice choice, Credits maxPrice, RequestConstraints constraints, int statements, WorkUnits work)
    {
        var (parameters, refusal) = CooperativeParameters.Read(choice.Parameters, maxPrice, constraints, statements);
        return refusal ?? parameters!.CheckWork(statements, work);
    }

    /// <inheritdoc/>
    public AuditFinding? Audit(RunOrder order, ImmutableArray<TranscriptEntry> transcript) => CooperativeAudit.Check(order, transcript);

    /// <summary>None: a committee shares a batch, which has no other mechanism to compete with. For a single statement it is 2f + 1 provers too many, unless it is named.</summary>
    public ImmutableArray<MechanismInstance> Instances => [];
}
