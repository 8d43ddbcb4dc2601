using System.Reflection;
using Orleans.Runtime.Calls;

namespace Orleans.Simulation.Storage;

/// <summary>
/// What a record contains. A state that is marked <see cref="ImmutableAttribute"/> is kept as it is, and brought into the form in which real storages keep it when somebody
/// needs that: now and then a grain that reads it, or the hash of a run. Any other state may be changed by its grain after it was written, so its form is made when it is written.
/// </summary>
internal abstract class RecordContent
{
    private byte[]? _bytes;
    private object? _read;

    /// <summary>Gets the form in which storages keep it.</summary>
    internal byte[] Bytes => _bytes ??= Form();

    /// <summary>Keeps a state.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="state">The state.</param>
    /// <returns>The content.</returns>
    internal static RecordContent Of<T>(T? state)
    {
        var content = new Content<T>(state);
        if (Kind<T>.IsImmutable && Kind<T>.HasForm) return content;

        content.FormNow(keepState: Kind<T>.IsImmutable);
        Kind<T>.HasForm = true;
        return content;
    }

    /// <summary>Gets the state as an object that is nobody else's to change, and has no references to grains unless it is immutable.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <returns>The state.</returns>
    internal abstract T? As<T>();

    /// <summary>Reads the state, as a grain does after a restart.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="reader">Whose references it contains.</param>
    /// <param name="fromForm">Whether it must have been through its form. Otherwise a state that nobody can change and that has no references is read as it was written.</param>
    /// <returns>The state: an object of its own unless nobody can change it.</returns>
    internal T? Reread<T>(GrainCaller reader, bool fromForm)
    {
        if (_read is T known) return known;
        if (!Sharing<T>.IsAllowed) return StateCodec.Read<T>(Bytes, reader);
        if (!fromForm) return As<T>();

        var state = StateCodec.Read<T>(Bytes, reader);
        _read = state;
        return state;
    }

    /// <summary>Makes the form.</summary>
    /// <returns>The form.</returns>
    protected abstract byte[] Form();

    private static class Kind<T>
    {
        internal static readonly bool IsImmutable = typeof(T).GetCustomAttribute<ImmutableAttribute>() is not null;

        /// <summary>Whether one has been brought into its form: a type that has none is refused at the first write, as by a real storage.</summary>
        internal static volatile bool HasForm;
    }

    private static class Sharing<T>
    {
        /// <summary>Whether all who read one may have the same object.</summary>
        internal static readonly bool IsAllowed = Kind<T>.IsImmutable && !StateCodec.MayRefer<T>();
    }

    private sealed class Content<TState>(TState? state) : RecordContent
    {
        private TState? _state = state;
        private bool _isOwn = Kind<TState>.IsImmutable;

        internal override T? As<T>()
            where T : default
        {
            if (!_isOwn) (_state, _isOwn) = (StateCodec.Read<TState>(Bytes), true);
            return (T?)(object?)_state;
        }

        internal void FormNow(bool keepState)
        {
            _ = Bytes;

            // Of a state that its grain may change only the form counts from now on.
            if (!keepState) _state = default;
        }

        protected override byte[] Form() => StateCodec.Write(_state);
    }
}
