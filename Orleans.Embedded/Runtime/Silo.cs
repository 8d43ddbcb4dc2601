using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Reflection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Runtime.Activations;
using Orleans.Runtime.Calls;
using Orleans.Runtime.Observers;
using Orleans.Runtime.Outputs;
using Orleans.Runtime.Scheduling;
using ProvingMarket.Storage.Records;

namespace Orleans.Runtime;

/// <summary>A silo: the grains in memory, and the dispatcher that takes calls to them.</summary>
internal sealed partial class Silo : IGrainCallChannel, IDisposable
{
    private const int MaxForwards = 2;

    // The numbers are given so that the order of enumeration is the same on every machine.
    private readonly ConcurrentDictionary<GrainId, ICallTarget> _targets = new(concurrencyLevel: 16, capacity: 1021);
    private readonly GrainClassCatalog _catalog;
    private readonly ResponseTimeouts _timeouts;
    private readonly SiloParts _parts;
    private readonly ILogger _logger;
    private readonly FrozenSet<MethodInfo> _earlyCalls;
    private readonly Action<GrainCall> _sendOut;
    private readonly CancellationTokenSource _killed = new();
    private volatile Phase _phase;

    /// <summary>Initializes a silo.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="parts">What the silo is made of.</param>
    /// <param name="logger">The log.</param>
    internal Silo(IServiceProvider services, SiloParts parts, ILogger<Silo> logger)
    {
        _parts = parts;
        Services = services;
        Scheduler = parts.Scheduler;
        Clock = parts.Clock;
        Outputs = parts.Outputs;
        _sendOut = SendOut;
        _earlyCalls = parts.EarlyCalls.Select(call => call.Method).ToFrozenSet();
        CollectionOptions = parts.Collection;
        _catalog = parts.Catalog;
        _logger = new UnfailingLog(logger);

        var client = $"hosted-{parts.Random.Next():x16}";
        Observers = new ObserverTable(client, Scheduler);
        _timeouts = new ResponseTimeouts(Clock, parts.ResponseTimeout);
        Caller = new GrainCaller(parts.Network?.Invoke(this) ?? this, _timeouts, Scheduler, GrainId.Create(ObserverTable.ClientType, client));
        GrainFactory = new GrainFactory(Caller, _catalog, Observers);
        Collector = new IdleCollector(this);
        Reminders = new Reminders.ReminderService(this, parts.ReminderTable, parts.Reminders);
    }

    private enum Phase
    {
        NotStarted,
        Running,
        Stopping,
        Stopped,
        Halted,
    }

    /// <summary>Gets the host's services.</summary>
    internal IServiceProvider Services { get; }

    /// <summary>Gets where everything runs.</summary>
    internal IWorkScheduler Scheduler { get; }

    /// <summary>Gets the clock.</summary>
    internal TimeProvider Clock { get; }

    /// <summary>Gets what leaves the grains has to pass: answers to clients, calls of observers.</summary>
    internal OutputGate Outputs { get; }

    /// <summary>Gets how long activations live.</summary>
    internal GrainCollectionOptions CollectionOptions { get; }

    /// <summary>Gets what every call passes before it reaches its grain.</summary>
    internal ImmutableArray<IIncomingGrainCallFilter> IncomingFilters { get; private set; } = [];

    /// <summary>Gets the calling side: what references given out by this silo use.</summary>
    internal GrainCaller Caller { get; }

    /// <summary>Gets the factory for references.</summary>
    internal IGrainFactory GrainFactory { get; }

    /// <summary>Gets the observers in this process.</summary>
    internal ObserverTable Observers { get; }

    /// <summary>Gets the connected clients.</summary>
    internal ClientDirectory Clients { get; } = new();

    /// <summary>Gets the interfaces whose calls are accepted from clients.</summary>
    internal GrainInterfaceTable Interfaces => _catalog.InterfaceTable;

    /// <summary>Gets which grain classes interfaces mean.</summary>
    internal GrainClassCatalog Catalog => _catalog;

    /// <summary>Gets what ends idle activations.</summary>
    internal IdleCollector Collector { get; }

    /// <summary>Gets the reminders.</summary>
    internal Reminders.ReminderService Reminders { get; }

    /// <summary>Gets a value indicating whether the silo was killed: nothing runs any more.</summary>
    internal bool IsHalted => _phase == Phase.Halted;

    /// <inheritdoc/>
    public void Send(GrainCall call)
    {
        if (call.Target.Type == ObserverTable.ClientType) SendToObserver(call);
        else if (_phase == Phase.Running) Deliver(call);
        else SendWhileNotRunning(call);
    }

    /// <inheritdoc/>
    public void Abandon(GrainCall call, bool cancelTarget)
    {
        // Settled, so it is dropped when its turn comes; only one that runs already has to be told, or one that was sent elsewhere.
        if (call.Target.Type == ObserverTable.ClientType) ChannelTo(call.Target)?.Abandon(call, cancelTarget);
        else if (cancelTarget) call.CancelRunning();
    }

    /// <summary>Starts the silo.</summary>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <returns>A task.</returns>
    internal async Task StartAsync(CancellationToken cancellationToken)
    {
        IncomingFilters = _parts.IncomingFilters();
        Caller.Filters = _parts.OutgoingFilters();
        _phase = Phase.Running;
        Collector.Start();
        await Reminders.StartAsync(cancellationToken);
    }

    /// <summary>Stops the silo: refuses new calls, lets running ones end, deactivates all grains.</summary>
    /// <param name="cancellationToken">Ends the patience: what is not finished by then is cut off.</param>
    /// <returns>A task.</returns>
    internal async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_phase != Phase.Running) return;

        _phase = Phase.Stopping;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _killed.Token);
        try
        {
            Collector.Dispose();
            await Reminders.StopAsync().WaitAsync(patience.Token);
            while (Targets().SelectMany(target => target.Activations()).ToList() is { Count: > 0 } activations)
            {
                foreach (var activation in activations) activation.Deactivate(new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The silo is stopping."), cancellationToken);
                await Task.WhenAll(activations.Select(activation => activation.Deactivated)).WaitAsync(patience.Token);
            }

            await LetAnswersGoAsync(patience.Token);
            _phase = Phase.Stopped;
            _timeouts.FailAll(Unavailable);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            LogCutOff(_logger, _targets.Count);
            Kill();
        }
    }

    /// <summary>Ends the silo as if its process had died: no grain runs another turn, whoever waits is told that the silo is gone. One that is stopping has stopped then.</summary>
    internal void Kill()
    {
        if (_phase is Phase.Stopped or Phase.Halted) return;

        _phase = Phase.Halted;
        Collector.Dispose();
        Reminders.Halt();
        foreach (var activation in Targets().SelectMany(target => target.Activations())) activation.Halt();
        _timeouts.FailAll(Unavailable);
        _killed.Cancel();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Kill();
        _timeouts.Dispose();
        _killed.Dispose();
    }

    /// <summary>Lists what is in the directory.</summary>
    /// <returns>The targets.</returns>
    internal IEnumerable<ICallTarget> Targets() => _targets.Select(target => target.Value);

    /// <summary>Gets the activations of a grain that are in memory.</summary>
    /// <param name="grainId">The grain.</param>
    /// <returns>Its activations.</returns>
    internal IEnumerable<Activation> ActivationsOf(GrainId grainId) => _targets.TryGetValue(grainId, out var target) ? target.Activations() : [];

    /// <summary>Gets how long an activation of a class may be idle.</summary>
    /// <param name="grainClass">The class.</param>
    /// <returns>The time; infinite for ever.</returns>
    internal TimeSpan CollectionAgeOf(GrainClass grainClass) =>
        CollectionOptions.ClassSpecificCollectionAge.TryGetValue(grainClass.ToString(), out var age) ? age : grainClass.CollectionAge ?? CollectionOptions.CollectionAge;

    /// <summary>Takes an ended target out of the directory.</summary>
    /// <param name="grainId">The grain.</param>
    /// <param name="target">Its target.</param>
    internal void Remove(GrainId grainId, ICallTarget target) => _targets.TryRemove(new KeyValuePair<GrainId, ICallTarget>(grainId, target));

    /// <summary>Sends a call that waited for an activation that has ended to the next one.</summary>
    /// <param name="call">The call.</param>
    /// <param name="wasActive">Whether the activation ever became active; if not, the call must not go round for ever.</param>
    internal void Reroute(GrainCall call, bool wasActive)
    {
        // Nobody waits for it any more.
        if (call.IsSettled)
            call.IsOver = true;
        else if (!wasActive && ++call.Forwards > MaxForwards)
            call.Refuse(new OrleansMessageRejectionException($"{call} was refused: the grain deactivates itself whenever it is activated."));
        else
            Send(call);
    }

    private async Task LetAnswersGoAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Outputs.WhenDurableAsync().WaitAsync(cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // The disk takes nothing: whoever waits has been told.
            LogNotDurable(_logger, error);
        }
    }

    /// <summary>Holds a call of an observer back that may tell of what is not on the disk yet.</summary>
    /// <param name="call">The call.</param>
    /// <param name="send">Sends it, when that is.</param>
    /// <returns>False when it may be sent at once.</returns>
    internal bool HoldBack(GrainCall call, Action<GrainCall> send) =>
        !Outputs.IsOpen && !_earlyCalls.Contains(call.Method.Info) && Outputs.TryHold(new HeldCall(call, send));

    private static SiloUnavailableException Unavailable(GrainCall call) =>
        new($"The silo has ended before {call} was answered. It may have run: its outcome is unknown.");

    private void Deliver(GrainCall call)
    {
        while (true)
        {
            if (!_targets.TryGetValue(call.Target, out var target))
            {
                if (_catalog.Find(call.Target.Type) is not { } grainClass)
                {
                    call.Refuse(new OrleansMessageRejectionException($"{call} was refused: there is no grain class with the grain type '{call.Target.Type}'."));
                    return;
                }

                if (TryCreate(call, grainClass)) return;

                continue;
            }

            if (target.TryReceive(call)) return;

            Remove(call.Target, target);
        }
    }

    // Several callers may come here at once; the one whose object gets in starts it. It has the call before it starts: should it fail, the caller learns why.
    private bool TryCreate(GrainCall call, GrainClass grainClass)
    {
        if (grainClass.MaxWorkers > 0)
        {
            var pool = new StatelessWorkerPool(this, grainClass, call.Target);
            return _targets.TryAdd(call.Target, pool) && pool.TryReceive(call);
        }

        var activation = new Activation(this, grainClass, call.Target, pool: null);
        if (!_targets.TryAdd(call.Target, activation)) return false;

        activation.Start(call);
        return true;
    }

    // Grains that are stopping may still call grains that are in memory; nothing else is accepted.
    private void SendWhileNotRunning(GrainCall call)
    {
        if (_phase == Phase.Stopping && call.Source.Type != ObserverTable.ClientType && _targets.TryGetValue(call.Target, out var target) && target.TryReceive(call)) return;

        call.Refuse(new SiloUnavailableException($"{call} was refused: the silo is {(_phase == Phase.NotStarted ? "not started" : "stopping")}."));
    }

    private void SendToObserver(GrainCall call)
    {
        if (!HoldBack(call, _sendOut)) SendOut(call);
    }

    private void SendOut(GrainCall call)
    {
        // Most are in this process, or else their key says which client has them.
        if (Observers.TrySend(call)) return;

        if (ChannelTo(call.Target) is { } channel) channel.Send(call);
        else call.Refuse(new ClientNotAvailableException(call.Target));
    }

    private IGrainCallChannel? ChannelTo(GrainId observer)
    {
        var client = ObserverTable.ClientOf(observer);
        return client == Observers.Client ? Observers : Clients.Find(client);
    }

    /// <summary>A call of an observer that waits to be sent.</summary>
    private sealed class HeldCall(GrainCall call, Action<GrainCall> send) : IHeldOutput
    {
        public bool IsAwaited => false;

        public void Release()
        {
            // Timed out, or cancelled, before it was sent.
            if (call.IsSettled) call.IsOver = true;
            else send(call);
        }

        public void Refuse(Exception error) => call.Refuse(error);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The silo was cut off while stopping: {Count} grains were not deactivated.")]
    private static partial void LogCutOff(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "The silo was stopped while what its grains wrote last could not be brought to the disk. Nobody outside has heard of that.")]
    private static partial void LogNotDurable(ILogger logger, Exception error);
}
