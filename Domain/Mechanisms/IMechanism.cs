using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Forecasts;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms;

/// <summary>A way to coordinate provers, found by its name: what can be said of it without running it. It is added to a market together with the grain of
/// its runs (<c>services.AddMechanism&lt;TMechanism, TRun&gt;()</c>).</summary>
public interface IMechanism
{
    /// <summary>The name requesters use.</summary>
    string Name { get; }

    /// <summary>What it does, in a sentence.</summary>
    string Summary { get; }

    /// <summary>Its parameters.</summary>
    ImmutableArray<MechanismParameter> Parameters { get; }

    /// <summary>Refuses parameters that are unknown or out of range for a request; null when they are fine.</summary>
    Refusal? Check(MechanismChoice choice, Credits maxPrice, RequestConstraints constraints);

    /// <summary>Refuses parameters that do not fit into the time, after <see cref="Check"/> has found them fine otherwise; null when they do.</summary>
    /// <param name="choice">The parameters.</param>
    /// <param name="maxPrice">The most the requester pays.</param>
    /// <param name="constraints">Who may prove.</param>
    /// <param name="time">The time from the start of the run to its end.</param>
    Refusal? CheckTime(MechanismChoice choice, Credits maxPrice, RequestConstraints constraints, TimeSpan time) => null;

    /// <summary>Refuses a batch that the mechanism cannot run, with parameters that <see cref="Check"/> has found fine for a single statement; null when it can. A
    /// mechanism that is not made for batches refuses all of them.</summary>
    /// <param name="choice">The parameters.</param>
    /// <param name="maxPrice">The most the requester pays for all statements together.</param>
    /// <param name="constraints">Who may prove.</param>
    /// <param name="statements">How many there are.</param>
    /// <param name="work">The work of each.</param>
    Refusal? CheckBatch(MechanismChoice choice, Credits maxPrice, RequestConstraints constraints, int statements, WorkUnits work) =>
        Refusal.Of(ReasonCode.BatchNotServed, "statements", $"empty for the mechanism {Name}, which proves a single statement", $"a batch of {statements}");

    /// <summary>Computes the outcome of a run that has ended again, from its order and its transcript alone.</summary>
    /// <returns>The first entry that does not follow; null when all do. A mechanism that does not say how is checked for its chain only.</returns>
    AuditFinding? Audit(RunOrder order, ImmutableArray<TranscriptEntry> transcript) => RunAudit.CheckChain(order, transcript);

    /// <summary>The settings its instances can differ in. Tuning changes them one at a time, within their ranges.</summary>
    ImmutableArray<InstanceKnob> Knobs => [];

    /// <summary>The instances that the router considers for every request that names no mechanism; none when it is only for requests that name it.</summary>
    ImmutableArray<MechanismInstance> Instances => [new MechanismInstance { Id = Name, Mechanism = Name }];

    /// <summary>The mechanism with the parameters of an instance for a request, as its run gets it. Must pass <see cref="Check"/>.</summary>
    MechanismChoice Bind(MechanismInstance instance, RunOutlook outlook) => new() { Name = Name };

    /// <summary>What to expect of a run of an instance on the supply there is, before anything has been learned. Called for every request: it takes a few
    /// microseconds. Of a mechanism that does not say, it is expected that any prover may win and is paid the ceiling, until its outcomes are known.</summary>
    RunForecast Forecast(MechanismInstance instance, RunOutlook outlook) => NeutralForecast.Of(outlook);
}
