namespace Orleans.Embedded.Tests.Outputs;

internal sealed class Listener : IPurseObserver
{
    public List<string> Heard { get; } = [];

    public Task Received(string payment)
    {
        Heard.Add(payment);
        return Task.CompletedTask;
    }

    public Task Coming(string payment)
    {
        Heard.Add($"{payment} is coming");
        return Task.CompletedTask;
    }
}
