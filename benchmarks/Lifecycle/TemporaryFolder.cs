namespace ProvingMarket.Benchmarks.Lifecycle;

/// <summary>A folder that goes with the run. It is where the system keeps temporary files: TMPDIR decides which disk is measured.</summary>
internal sealed class TemporaryFolder : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("market-lifecycle-");

    public string Path => _folder.FullName;

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
