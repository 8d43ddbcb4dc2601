using System.Collections.Immutable;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime.Activations;
using Orleans.Runtime.Calls;
using Orleans.Runtime.Outputs;
using Orleans.Runtime.Reminders;
using Orleans.Runtime.Scheduling;

namespace Orleans.Runtime;

/// <summary>What a silo is made of.</summary>
internal sealed record SiloParts
{
    /// <summary>Gets where everything runs.</summary>
    public required IWorkScheduler Scheduler { get; init; }

    /// <summary>Gets the clock.</summary>
    public required TimeProvider Clock { get; init; }

    /// <summary>Gets the randomness.</summary>
    public required IRandomSource Random { get; init; }

    /// <summary>Gets the grain classes.</summary>
    public required GrainClassCatalog Catalog { get; init; }

    /// <summary>Gets what the calls of grains are sent through, given the silo's own dispatcher; null for the dispatcher itself.</summary>
    public GrainCallNetwork? Network { get; init; }

    /// <summary>Gets what leaves the silo's grains has to pass.</summary>
    public required OutputGate Outputs { get; init; }

    /// <summary>Gets the methods of observers whose calls need not pass it.</summary>
    public required IEnumerable<EarlyCall> EarlyCalls { get; init; }

    /// <summary>Gets how long callers wait.</summary>
    public required TimeSpan ResponseTimeout { get; init; }

    /// <summary>Gets how long activations live.</summary>
    public required GrainCollectionOptions Collection { get; init; }

    /// <summary>Gets the limits of reminders.</summary>
    public required ReminderOptions Reminders { get; init; }

    /// <summary>Gets where reminders are kept, or null when there are none.</summary>
    public required IReminderTable? ReminderTable { get; init; }

    /// <summary>Gets what calls pass before they reach their grain. Asked for at the start: filters may use the silo themselves.</summary>
    public required Func<ImmutableArray<IIncomingGrainCallFilter>> IncomingFilters { get; init; }

    /// <summary>Gets what calls pass before they are sent.</summary>
    public required Func<ImmutableArray<IOutgoingGrainCallFilter>> OutgoingFilters { get; init; }
}
