using Orleans.Runtime;
using Orleans.Runtime.Calls;
using Orleans.Serialization;
using ProvingMarket.Serialization;

namespace Orleans.Simulation.Storage;

/// <summary>
/// The form in which real storages keep records. What a codec knows about types takes long to find out, so all simulations share one; the references that a record
/// contains belong to whoever reads it.
/// </summary>
internal static class StateCodec
{
    private static readonly JsonStateSerializer s_serializer = new(new CurrentReferences());

    [ThreadStatic]
    private static GrainCaller? t_reader;

    /// <summary>Says whether contents of a type may contain references.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <returns>False only when none of them can.</returns>
    internal static bool MayRefer<T>() => s_serializer.MayRefer<T>();

    /// <summary>Writes a content.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="content">The content.</param>
    /// <returns>The bytes.</returns>
    internal static byte[] Write<T>(T? content) => s_serializer.Serialize(content);

    /// <summary>Reads a content.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="bytes">The bytes.</param>
    /// <param name="reader">Whose references it contains; null refuses them.</param>
    /// <returns>The content.</returns>
    internal static T? Read<T>(ReadOnlySpan<byte> bytes, GrainCaller? reader = null)
    {
        var outer = t_reader;
        t_reader = reader;
        try
        {
            return s_serializer.Deserialize<T>(bytes);
        }
        finally
        {
            t_reader = outer;
        }
    }

    private sealed class CurrentReferences : IReferenceResolver
    {
        public object CreateReference(GrainId grainId, Type interfaceType) =>
            (t_reader ?? throw new NotSupportedException($"The record has a reference to {grainId}: it can only be read by a grain.")).CreateReference(grainId, interfaceType);
    }
}
