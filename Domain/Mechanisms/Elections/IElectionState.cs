using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Mechanisms.Elections;

/// <summary>The state of a run that elects its provers.</summary>
/// <typeparam name="TSelf">The record that implements it.</typeparam>
public interface IElectionState<out TSelf> : IMechanismState<TSelf>
    where TSelf : class, IElectionState<TSelf>
{
    /// <summary>Where the election stands.</summary>
    Election Election { get; }

    /// <summary>The same state with the run and the election as they have become.</summary>
    TSelf With(RunState run, Election election);
}
