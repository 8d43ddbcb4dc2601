using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ProvingMarket.Client;

namespace ProvingMarket.Benchmarks.Lifecycle.Market;

/// <summary>The client in a process of its own, connected over TCP: this program again, with one hidden argument. It tells when the measured time begins
/// and ends, so that the server's process is looked at then, too; its last line is the sample.</summary>
internal static class RemoteClient
{
    /// <summary>The argument that makes the program a client.</summary>
    public const string Argument = "--as-client";

    private const string Measuring = "measuring";
    private const string Measured = "measured";

    /// <summary>What the client's process is told.</summary>
    private sealed record Order(string Gateway, string ProgramId, Scale Scale, int Concurrency, Timing Timing);

    /// <summary>Starts the client, and measures both processes.</summary>
    public static async Task<Sample> MeasureAsync(MarketContender market, int concurrency, Timing timing)
    {
        var order = new Order(market.Silo.Gateway.ToString(), market.ProgramId, market.Scale, concurrency, timing);
        var program = Environment.ProcessPath!;
        string[] start = Path.GetFileNameWithoutExtension(program) == "dotnet" ? ["exec", typeof(RemoteClient).Assembly.Location] : [];
        using var client = Process.Start(new ProcessStartInfo(program, [.. start, Argument, JsonSerializer.Serialize(order)])
        {
            UseShellExecute = false, RedirectStandardOutput = true,
        }) ?? throw new InvalidOperationException("The client's process did not start.");
        try
        {
            var (before, used, last) = (default(Usage), default(Usage), "");
            while (await client.StandardOutput.ReadLineAsync() is { } line)
            {
                if (line == Measuring) before = Usage.Now();
                else if (line == Measured) used = Usage.Now() - before;
                else last = line;
            }
            await client.WaitForExitAsync();
            if (client.ExitCode != 0) throw new InvalidOperationException($"The client's process ended with {client.ExitCode}.");
            var sample = JsonSerializer.Deserialize<Sample>(last)!;
            return sample with
            {
                ProcessorSeconds = sample.ProcessorSeconds + used.ProcessorSeconds, AllocatedBytes = sample.AllocatedBytes + used.AllocatedBytes,
            };
        }
        finally
        {
            if (!client.HasExited) client.Kill();
        }
    }

    /// <summary>The client's process.</summary>
    public static async Task<int> RunAsync(string json)
    {
        var order = JsonSerializer.Deserialize<Order>(json)!;
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(options => options.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.UseProvingMarketGateway(IPEndPoint.Parse(order.Gateway));
        builder.Services.AddProvingMarketClient();
        using var host = builder.Build();
        await host.StartAsync();
        var prefix = string.Create(CultureInfo.InvariantCulture, $"out-{Environment.ProcessId}");
        var requests = new Requests(host.Services.GetRequiredService<IProvingMarketClient>(), order.ProgramId, order.Scale, prefix);
        var sample = await ClosedLoop.RunAsync(
            order.Concurrency, order.Timing, requests.LifecycleAsync, Usage.Now, begins => Console.WriteLine(begins ? Measuring : Measured));
        Console.WriteLine(JsonSerializer.Serialize(sample));
        await host.StopAsync();
        return 0;
    }
}
