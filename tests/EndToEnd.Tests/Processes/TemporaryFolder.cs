namespace ProvingMarket.EndToEnd.Tests.Processes;

/// <summary>A folder that goes with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    /// <summary>Where it is.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("proving-market-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
