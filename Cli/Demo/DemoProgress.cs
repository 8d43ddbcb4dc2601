using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using Spectre.Console;

namespace ProvingMarket.Cli.Demo;

/// <summary>Shows what happens while it happens: a line an event. Safe for use by several threads.</summary>
internal sealed class DemoProgress(IAnsiConsole console, TimeProvider time) : IProgress<string>
{
    private readonly long _started = time.GetTimestamp();
    private readonly Lock _lock = new();

    /// <summary>How long the demonstration has run.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(_started);

    /// <summary>A step of the demonstration itself.</summary>
    public void Step(string text) => Line($"[bold]{Markup.Escape(text)}[/]");

    /// <inheritdoc/>
    public void Report(string value) => Line($"[grey]{Markup.Escape(value)}[/]");

    /// <summary>A step on a request's way.</summary>
    public void Event(string request, TimelineEntry entry)
    {
        var colour = entry.Reason switch
        {
            ReasonCode.None => "white",
            ReasonCode.Won => "green",
            _ => "yellow",
        };
        var parts = new[] { entry.Phase.ToString(), entry.ProverId ?? "", entry.Reason == ReasonCode.None ? "" : entry.Reason.ToString(), entry.Detail };
        Line($"{request,-24} [{colour}]{Markup.Escape(string.Join("  ", parts.Where(part => part.Length > 0)))}[/]");
    }

    private void Line(string markup)
    {
        lock (_lock) console.MarkupLine($"[grey]{Elapsed.TotalSeconds,6:0.00} s[/]  {markup}");
    }
}
