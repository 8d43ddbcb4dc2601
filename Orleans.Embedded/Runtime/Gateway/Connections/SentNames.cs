using System.Collections.Concurrent;
using Orleans.Runtime.Calls;
using ProvingMarket.Serialization;

namespace Orleans.Runtime.Gateway;

/// <summary>The methods and grain types this side has given numbers to, so that their names are sent once.</summary>
/// <param name="outbound">Where the names are sent.</param>
internal sealed class SentNames(OutboundBuffer outbound)
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<GrainMethod, uint> _methods = new();
    private readonly ConcurrentDictionary<GrainType, uint> _types = new();

    /// <summary>Gets the number of a method.</summary>
    /// <param name="method">The method.</param>
    /// <returns>Its number.</returns>
    internal uint NumberOf(GrainMethod method) => _methods.TryGetValue(method, out var number)
        ? number
        : Add(_methods, method, FrameKind.Method, static (frame, method) =>
        {
            frame.WriteText(method.Interface.Name);
            frame.WriteText(method.Key);
        });

    /// <summary>Gets the number of a grain type.</summary>
    /// <param name="type">The grain type.</param>
    /// <returns>Its number.</returns>
    internal uint NumberOf(GrainType type) => _types.TryGetValue(type, out var number)
        ? number
        : Add(_types, type, FrameKind.GrainType, static (frame, type) => frame.WriteBytes(type.AsSpan()));

    private uint Add<T>(ConcurrentDictionary<T, uint> numbers, T item, FrameKind kind, Action<PooledBuffer, T> write)
        where T : notnull
    {
        lock (_gate)
        {
            if (numbers.TryGetValue(item, out var known)) return known;

            using var frame = new PooledBuffer(ReceivedNames.MaxNameBytes, "the longest name");
            var start = frame.BeginFrame(kind);
            write(frame, item);
            frame.EndFrame(start);

            // Nobody uses the number before it is in the table, so it is explained before it is used.
            outbound.TryAdd(frame.Written, always: true);
            return numbers[item] = (uint)numbers.Count;
        }
    }
}
