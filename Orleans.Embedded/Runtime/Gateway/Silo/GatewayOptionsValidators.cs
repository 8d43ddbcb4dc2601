using System.Net;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Orleans.Runtime.Gateway;

/// <summary>Refuses gateway options that cannot work, naming setting and value.</summary>
internal sealed class EmbeddedGatewayOptionsValidator : IValidateOptions<EmbeddedGatewayOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, EmbeddedGatewayOptions options)
    {
        var failures = Failures(options).Select(failure => $"{nameof(EmbeddedGatewayOptions)}.{failure}").ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> Failures(EmbeddedGatewayOptions options)
    {
        if (options.Address is null)
            yield return $"{nameof(options.Address)} is not set.";
        else if (!IPAddress.IsLoopback(options.Address) && string.IsNullOrEmpty(options.Token))
            yield return $"{nameof(options.Token)} is not set: a gateway on {options.Address}, which other machines can reach, must have one.";

        if (options.Token is { Length: > 0 and < 16 }) yield return $"{nameof(options.Token)} has {options.Token.Length} characters; it must have 16 at least.";
        if (options.Port is < 0 or > 65535) yield return $"{nameof(options.Port)} = {options.Port} is not from 0 to 65535.";
        if (options.MaxConnections is < 1 or > 1_000_000) yield return $"{nameof(options.MaxConnections)} = {options.MaxConnections} is not from 1 to 1,000,000.";
        if (options.MaxCallsPerConnection is < 1 or > 1_000_000) yield return $"{nameof(options.MaxCallsPerConnection)} = {options.MaxCallsPerConnection} is not from 1 to 1,000,000.";
        if (options.MaxFrameBytes is < EmbeddedGatewayOptions.LeastFrameBytes or > 256 * 1024 * 1024) yield return $"{nameof(options.MaxFrameBytes)} = {options.MaxFrameBytes} is not from 64 KiB to 256 MiB.";
        if (options.MaxCallBytesPerConnection < options.MaxFrameBytes)
            yield return $"{nameof(options.MaxCallBytesPerConnection)} = {options.MaxCallBytesPerConnection} is less than {nameof(options.MaxFrameBytes)} = {options.MaxFrameBytes}.";
        if (options.MaxWaitingBytes < 64 * 1024) yield return $"{nameof(options.MaxWaitingBytes)} = {options.MaxWaitingBytes} is less than 64 KiB.";
        if (options.HandshakeTimeout <= TimeSpan.Zero) yield return $"{nameof(options.HandshakeTimeout)} = {options.HandshakeTimeout} is not greater than zero.";
        if (options.PingInterval <= TimeSpan.Zero) yield return $"{nameof(options.PingInterval)} = {options.PingInterval} is not greater than zero.";
        if (options.StopTimeout < TimeSpan.Zero) yield return $"{nameof(options.StopTimeout)} = {options.StopTimeout} is negative.";
    }
}

/// <summary>Refuses client options that cannot work, naming setting and value.</summary>
internal sealed class EmbeddedClientOptionsValidator : IValidateOptions<EmbeddedClientOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, EmbeddedClientOptions options)
    {
        var failures = Failures(options).Select(failure => $"{nameof(EmbeddedClientOptions)}.{failure}").ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> Failures(EmbeddedClientOptions options)
    {
        if (options.Gateways.Count == 0) yield return $"{nameof(options.Gateways)} is empty: name the silo's gateway, for example with UseStaticClustering.";
        if (options.MaxFrameBytes is < EmbeddedGatewayOptions.LeastFrameBytes or > 256 * 1024 * 1024) yield return $"{nameof(options.MaxFrameBytes)} = {options.MaxFrameBytes} is not from 64 KiB to 256 MiB.";
        if (options.MaxCallBytesPerConnection < options.MaxFrameBytes)
            yield return $"{nameof(options.MaxCallBytesPerConnection)} = {options.MaxCallBytesPerConnection} is less than {nameof(options.MaxFrameBytes)} = {options.MaxFrameBytes}.";
        if (options.MaxWaitingCalls < 0) yield return $"{nameof(options.MaxWaitingCalls)} = {options.MaxWaitingCalls} is negative.";
        if (options.MaxWaitingBytes < 64 * 1024) yield return $"{nameof(options.MaxWaitingBytes)} = {options.MaxWaitingBytes} is less than 64 KiB.";
        if (options.ConnectTimeout <= TimeSpan.Zero) yield return $"{nameof(options.ConnectTimeout)} = {options.ConnectTimeout} is not greater than zero.";
        if (options.StartTimeout <= TimeSpan.Zero && options.StartTimeout != Timeout.InfiniteTimeSpan) yield return $"{nameof(options.StartTimeout)} = {options.StartTimeout} is not greater than zero.";
        if (options.MinReconnectDelay <= TimeSpan.Zero) yield return $"{nameof(options.MinReconnectDelay)} = {options.MinReconnectDelay} is not greater than zero.";
        if (options.StopTimeout < TimeSpan.Zero) yield return $"{nameof(options.StopTimeout)} = {options.StopTimeout} is negative.";
        if (options.MaxReconnectDelay < options.MinReconnectDelay)
            yield return $"{nameof(options.MaxReconnectDelay)} = {options.MaxReconnectDelay} is less than {nameof(options.MinReconnectDelay)} = {options.MinReconnectDelay}.";
    }
}
