using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ProvingMarket.Benchmarks.Micro.Gateway;

[GenerateSerializer, Immutable, Alias("bench.ping")]
public sealed record Ping([property: Id(0)] string Account, [property: Id(1)] long Amount, [property: Id(2)] int Number);

[GenerateSerializer, Immutable, Alias("bench.pong")]
public sealed record Pong([property: Id(0)] string Account, [property: Id(1)] int Number);

[Alias("bench.echo")]
public interface IEchoGrain : IGrainWithIntegerKey
{
    [Alias("echo")]
    ValueTask<Pong> Echo(Ping ping);
}

public sealed class EchoGrain : Grain, IEchoGrain
{
    public ValueTask<Pong> Echo(Ping ping) => new(new Pong(ping.Account, ping.Number));
}

/// <summary>Grain calls per second from another process over TCP: many callers at once, each waiting for its answer before it calls again.</summary>
internal static class GatewayThroughput
{
    /// <summary>The silo's process: prints its port and lives until its input ends.</summary>
    public static async Task<int> RunSiloAsync()
    {
        var port = FreePort.Take();
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseSilo(port);
        using var host = builder.Build();
        await host.StartAsync();
        Console.WriteLine(port);
        await Console.In.ReadToEndAsync();
        await host.StopAsync();
        return 0;
    }

    public static async Task<int> RunAsync(string[] args)
    {
        var seconds = Arguments.Number(args, "--seconds", 3);
        var rounds = Arguments.Number(args, "--rounds", 3);
        // Started by its own executable, or by dotnet.
        var program = Environment.ProcessPath!;
        string[] arguments = Path.GetFileNameWithoutExtension(program) == "dotnet" ? ["exec", typeof(GatewayThroughput).Assembly.Location, "gateway-silo"] : ["gateway-silo"];
        using var silo = Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true,
        })!;
        try
        {
            var port = int.Parse((await silo.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
            var builder = Host.CreateApplicationBuilder();
            builder.Logging.ClearProviders();
            builder.UseOrleansClient(client => client.UseStaticClustering(new IPEndPoint(IPAddress.Loopback, port)));
            using var host = builder.Build();
            await host.StartAsync();
            var client = host.Services.GetRequiredService<IClusterClient>();
            foreach (var callers in new[] { 1, 16, 128, 512 }) await MeasureAsync(client, callers, seconds, rounds);
            await host.StopAsync();
        }
        finally
        {
            silo.Kill();
        }

        return 0;
    }

    private static async Task MeasureAsync(IClusterClient client, int callers, int seconds, int rounds)
    {
        await RoundAsync(client, callers, 1);
        var results = new List<(double Rate, double P50, double P99)>();
        for (var i = 0; i < rounds; i++) results.Add(await RoundAsync(client, callers, seconds));
        var best = results.MaxBy(result => result.Rate);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{callers,4} callers  {best.Rate,9:N0} calls/s  p50 {best.P50,7:N0} µs  p99 {best.P99,7:N0} µs   (median of {rounds}: {results.Select(result => result.Rate).Order().ElementAt(rounds / 2),9:N0})"));
    }

    private static async Task<(double Rate, double P50, double P99)> RoundAsync(IClusterClient client, int callers, int seconds)
    {
        var watch = Stopwatch.StartNew();
        var end = Stopwatch.GetTimestamp() + (seconds * Stopwatch.Frequency);
        var all = await Task.WhenAll(Enumerable.Range(0, callers).Select(i => Task.Run(() => CallAsync(client.GetGrain<IEchoGrain>(i), end))));
        var latencies = all.SelectMany(latency => latency).Order().ToArray();
        return (latencies.Length / watch.Elapsed.TotalSeconds, Microseconds(latencies, 0.5), Microseconds(latencies, 0.99));
    }

    private static double Microseconds(long[] sorted, double quantile) => sorted[(int)(quantile * (sorted.Length - 1))] * 1e6 / Stopwatch.Frequency;

    private static async Task<List<long>> CallAsync(IEchoGrain grain, long end)
    {
        var latencies = new List<long>(100_000);
        for (var i = 0; ; i++)
        {
            var start = Stopwatch.GetTimestamp();
            if (start >= end) return latencies;

            var pong = await grain.Echo(new Ping("requester-0001", 1_000_000, i));
            if (pong.Number != i) throw new InvalidOperationException($"Asked {i}, answered {pong.Number}.");
            latencies.Add(Stopwatch.GetTimestamp() - start);
        }
    }
}
