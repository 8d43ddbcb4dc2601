namespace Orleans;

/// <summary>Is told when a client loses and finds its silo. Must not block.</summary>
public interface IClusterConnectionStatusObserver
{
    /// <summary>The number of gateways the client is connected to has changed. With one silo it is 0 or 1.</summary>
    /// <param name="currentNumberOfGateways">The number now.</param>
    /// <param name="previousNumberOfGateways">The number before.</param>
    /// <param name="connectionRecovered">Whether the client is connected again: observers must be registered anew, since a silo that was restarted has forgotten them.</param>
    void NotifyGatewayCountChanged(int currentNumberOfGateways, int previousNumberOfGateways, bool connectionRecovered);

    /// <summary>The client is not connected any more. It tries again by itself.</summary>
    void NotifyClusterConnectionLost();
}
