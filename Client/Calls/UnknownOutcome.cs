using System.Net.Sockets;

namespace ProvingMarket.Client.Calls;

/// <summary>Tells exceptions after which a call may or may not have been carried out.</summary>
internal static class UnknownOutcome
{
    /// <summary>True when the call was not answered by a grain but by the road to it: it timed out, the silo or the connection is gone, or the
    /// grain lost a storage conflict and starts afresh. Everything in the market may be repeated, so the answer is to repeat it.</summary>
    public static bool Is(Exception exception) => exception is
        TimeoutException or OrleansException or IOException or SocketException or OperationCanceledException;
}
