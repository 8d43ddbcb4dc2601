namespace Orleans.Runtime.Gateway;

/// <summary>What a frame is. Numbers are part of the protocol.</summary>
internal enum FrameKind : byte
{
    /// <summary>First from the client: who it is and what it speaks.</summary>
    Hello = 1,

    /// <summary>The silo accepts the client.</summary>
    Welcome = 2,

    /// <summary>The silo refuses the client, and ends the connection.</summary>
    Refusal = 3,

    /// <summary>Gives a method a number.</summary>
    Method = 4,

    /// <summary>Gives a grain type a number.</summary>
    GrainType = 5,

    /// <summary>A call.</summary>
    Request = 6,

    /// <summary>The outcome of a call.</summary>
    Response = 7,

    /// <summary>The caller of a call no longer waits.</summary>
    Abandon = 8,

    /// <summary>Still here.</summary>
    Ping = 9,

    /// <summary>The sender is about to end: it accepts no more calls, and waits for <see cref="Farewell"/>.</summary>
    Goodbye = 10,

    /// <summary>The answer to <see cref="Goodbye"/>: the sender sends no more calls.</summary>
    Farewell = 11,
}

/// <summary>What a request says about itself.</summary>
[Flags]
internal enum RequestFlags : byte
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>No response is expected.</summary>
    OneWay = 1,

    /// <summary>Values of the request context follow.</summary>
    HasContext = 4,
}

/// <summary>How a call ended.</summary>
internal enum Outcome : byte
{
    /// <summary>Without a result.</summary>
    Done = 0,

    /// <summary>With a result.</summary>
    Result = 1,

    /// <summary>With an exception.</summary>
    Failed = 2,
}

/// <summary>Which of the calls of one connection: a place among those under way, and how often that place has been used.</summary>
/// <param name="Place">The place.</param>
/// <param name="Use">The use.</param>
internal readonly record struct CallId(uint Place, uint Use);
