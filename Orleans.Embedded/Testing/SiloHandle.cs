using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Runtime;

namespace Orleans.TestingHost;

/// <summary>A silo of a testing cluster.</summary>
public abstract class SiloHandle : IDisposable, IAsyncDisposable
{
    /// <summary>Gets or sets the silo's name.</summary>
    public string Name { get; set; } = null!;

    /// <summary>Gets or sets the silo's number within its cluster.</summary>
    public short InstanceNumber { get; set; }

    /// <summary>Gets a value indicating whether the silo has neither been stopped nor killed.</summary>
    public abstract bool IsActive { get; }

    /// <summary>Stops the silo.</summary>
    /// <param name="stopGracefully">Whether grains are deactivated; otherwise the silo ends as if its process had died.</param>
    /// <returns>A task.</returns>
    public abstract Task StopSiloAsync(bool stopGracefully);

    /// <summary>Stops the silo, deactivating its grains.</summary>
    /// <param name="ct">Ends the patience.</param>
    /// <returns>A task.</returns>
    public abstract Task StopSiloAsync(CancellationToken ct);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Releases the silo's resources.</summary>
    /// <param name="disposing">Whether this comes from <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>A silo of a testing cluster, in the test's own process.</summary>
public class InProcessSiloHandle : SiloHandle
{
    private bool _isActive = true;

    /// <summary>Gets the silo's host.</summary>
    public IHost SiloHost { get; init; } = null!;

    /// <summary>Gets the services of the silo's host.</summary>
    public IServiceProvider ServiceProvider => SiloHost.Services;

    /// <inheritdoc/>
    public override bool IsActive => _isActive;

    /// <summary>Gets the silo.</summary>
    internal Silo Silo => ServiceProvider.GetRequiredService<Silo>();

    /// <inheritdoc/>
    public override async Task StopSiloAsync(bool stopGracefully)
    {
        if (stopGracefully)
        {
            await StopSiloAsync(CancellationToken.None);
            return;
        }

        if (!_isActive) return;

        // First the grains, so that nothing that other services do while they stop is seen by any.
        Silo.Kill();
        await StopSiloAsync(new CancellationToken(canceled: true));
    }

    /// <inheritdoc/>
    public override async Task StopSiloAsync(CancellationToken ct)
    {
        if (!_isActive) return;

        _isActive = false;
        try
        {
            await SiloHost.StopAsync(ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Cut off, as asked.
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await StopSiloAsync(stopGracefully: true);
        if (SiloHost is IAsyncDisposable host) await host.DisposeAsync();
        else SiloHost.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) DisposeAsync().AsTask().GetAwaiter().GetResult();
        base.Dispose(disposing);
    }
}
