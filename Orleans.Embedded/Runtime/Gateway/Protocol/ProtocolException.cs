namespace Orleans.Runtime.Gateway;

/// <summary>The other side sent something that is not in the protocol. The connection ends; nothing else is affected.</summary>
/// <param name="message">What.</param>
internal sealed class ProtocolException(string message) : Exception(message);
