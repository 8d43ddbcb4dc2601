namespace Orleans.Simulation;

/// <summary>What goes wrong in a simulation.</summary>
public enum FaultKind
{
    /// <summary>The silo ends between two turns: everything that is not durable is lost, writes in flight have happened or not.</summary>
    SiloCrash,

    /// <summary>A call never reaches its target. Its caller has a <see cref="TimeoutException"/> when the response timeout is over.</summary>
    CallLost,

    /// <summary>A call is executed, its outcome never reaches the caller, who has a <see cref="TimeoutException"/> when the response timeout is over.</summary>
    ReplyLost,

    /// <summary>A call or its outcome is on its way for long, perhaps until after the caller's timeout: it may be executed when nobody waits any more.</summary>
    CallDelayed,

    /// <summary>The reply to a process's call is lost and the process calls again with the same arguments: the method runs twice, the caller sees one outcome.</summary>
    CallDuplicated,

    /// <summary>A storage operation fails and has not happened.</summary>
    StorageFailedBefore,

    /// <summary>A write fails although it has happened.</summary>
    StorageFailedAfter,

    /// <summary>A storage operation takes long.</summary>
    StorageSlow,

    /// <summary>A record is found to have been changed by another: the write fails with an <see cref="Orleans.Storage.InconsistentStateException"/>.</summary>
    ETagConflict,

    /// <summary>The wall clock of a process, or of one life of the silo, is wrong. Timers and time spans are right.</summary>
    ClockSkew,

    /// <summary>A process ends between two turns and is started again later.</summary>
    ProcessCrash,
}
