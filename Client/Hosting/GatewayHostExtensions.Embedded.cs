namespace ProvingMarket.Client;

/// <summary>placeholder</summary>
public static class GatewayHostExtensions;
