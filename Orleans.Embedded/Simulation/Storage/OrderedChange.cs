using Orleans.Runtime;

namespace Orleans.Simulation.Storage;

/// <summary>A change that has its place in the order in which changes come to the disk.</summary>
/// <param name="Key">Which record.</param>
/// <param name="Expected">The version before; null for none.</param>
/// <param name="Record">The new version; null when it is deleted.</param>
internal sealed record OrderedChange((string Storage, string State, GrainId Grain) Key, string? Expected, SimulatedRecord? Record)
{
    /// <summary>Gets its place.</summary>
    internal long Position { get; set; }
}
