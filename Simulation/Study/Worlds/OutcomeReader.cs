using Orleans.Simulation;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Qos;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Requests;
using ProvingMarket.Simulation.Study.Demand;

namespace ProvingMarket.Simulation.Study.Worlds;

/// <summary>Learns from the durable records what becomes of the requests.</summary>
/// <param name="plan">The requests.</param>
internal sealed class OutcomeReader(StudyPlan plan)
{
    private readonly Dictionary<string, StudyOutcome> _outcomes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RouteDecision> _decisions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RunState> _runs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _incomes = new(StringComparer.Ordinal);

    /// <summary>How many requests have ended.</summary>
    public int Ended => _outcomes.Count;

    /// <summary>What provers were paid for proofs, in micro-credits.</summary>
    public IReadOnlyDictionary<string, long> Incomes => _incomes;

    /// <summary>Takes a durable change in.</summary>
    public void OnWritten(SimulatedRecord? before, SimulatedRecord? after)
    {
        if (after is null) return;
        switch (after.Read<object>())
        {
            case StoredRequest { Decision: { } decision }:
                _decisions[after.GrainId.Key.ToString()!] = decision;
                break;
            case IMechanismState run:
                _runs[after.GrainId.Key.ToString()!] = run.Run;
                break;
            case RequestState { Phase: >= RequestPhase.Fulfilled } request when plan.Find(after.GrainId.Key.ToString()!) is { } asked:
                if (!_outcomes.ContainsKey(asked.Id)) _outcomes.Add(asked.Id, Read(asked, request));
                break;
        }
    }

    /// <summary>A request was refused: it never was in the market.</summary>
    public void OnRefused(StudyRequest request, Refusal refusal) =>
        _outcomes.TryAdd(request.Id, new StudyOutcome { Request = request, Reason = refusal.Code });

    /// <summary>What became of a request; null while it is open.</summary>
    public StudyOutcome? Find(string requestId) => _outcomes.GetValueOrDefault(requestId);

    private StudyOutcome Read(StudyRequest asked, RequestState request)
    {
        var stages = request.Plan?.Stages ?? [];
        var runs = Enumerable.Range(0, stages.Length).Select(stage => _runs.GetValueOrDefault(GrainKeys.Run(asked.Id, stage))).OfType<RunState>().ToArray();
        var ended = new StudyOutcome
        {
            Request = asked,
            Mechanism = stages.IsEmpty ? "" : stages[request.Stage].Name,
            Primary = stages.IsEmpty ? "" : stages[0].Name,
            Decision = _decisions.GetValueOrDefault(asked.Id),
            Reason = request.Outcome,
            Price = request.Settlement?.Captured ?? Credits.Zero,
            Holders = RealisedQos.HoldersOf(
                runs.SelectMany(run => run.Report?.Leases ?? []).DistinctBy(lease => lease.ProverId, StringComparer.Ordinal)),
        };
        var report = runs.Select(run => run.Report).FirstOrDefault(report => report is { Succeeded: true });
        foreach (var run in runs) _runs.Remove(GrainKeys.Run(asked.Id, run.Order.Stage));
        if (report is null || request.Phase != RequestPhase.Fulfilled) return ended;
        foreach (var payment in report.Payments) _incomes[payment.ProverId] = _incomes.GetValueOrDefault(payment.ProverId) + payment.Amount.Micro;
        return ended with { Latency = report.Proof!.VerifiedAt - request.SubmittedAt, ProverId = report.Proof.ProverId };
    }
}
