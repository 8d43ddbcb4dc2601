namespace Orleans.Runtime;

/// <summary>Values that travel with a call from its caller to the grain and onwards with the calls that the grain makes. They do not travel back.</summary>
public static class RequestContext
{
    private static readonly AsyncLocal<Dictionary<string, object>?> s_values = new();

    /// <summary>Gets the names of all values.</summary>
    public static IEnumerable<string> Keys => s_values.Value?.Keys ?? Enumerable.Empty<string>();

    /// <summary>Gets all values with their names.</summary>
    public static IEnumerable<KeyValuePair<string, object>> Entries => s_values.Value ?? Enumerable.Empty<KeyValuePair<string, object>>();

    /// <summary>Gets a value.</summary>
    /// <param name="key">Its name.</param>
    /// <returns>The value, or null.</returns>
    public static object? Get(string key) => s_values.Value is { } values && values.TryGetValue(key, out var value) ? value : null;

    /// <summary>Sets a value for this call and the calls it makes from now on.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="value">The value; immutable, since it is shared.</param>
    public static void Set(string key, object value) =>
        s_values.Value = s_values.Value is { } values ? new Dictionary<string, object>(values, StringComparer.Ordinal) { [key] = value } : new(StringComparer.Ordinal) { [key] = value };

    /// <summary>Removes a value.</summary>
    /// <param name="key">Its name.</param>
    /// <returns>Whether there was one.</returns>
    public static bool Remove(string key)
    {
        if (s_values.Value is not { } values || !values.ContainsKey(key)) return false;

        var rest = new Dictionary<string, object>(values, StringComparer.Ordinal);
        rest.Remove(key);
        s_values.Value = rest.Count == 0 ? null : rest;
        return true;
    }

    /// <summary>Removes all values.</summary>
    public static void Clear()
    {
        if (s_values.Value is not null) s_values.Value = null;
    }

    /// <summary>Takes the values to send with a call. The dictionary is never changed afterwards: every change makes a new one.</summary>
    /// <returns>The values, or null when there are none.</returns>
    internal static Dictionary<string, object>? Export() => s_values.Value;

    /// <summary>Puts the values of a received call in place, for the current execution context.</summary>
    /// <param name="values">The values.</param>
    internal static void Import(Dictionary<string, object>? values)
    {
        if (!ReferenceEquals(s_values.Value, values)) s_values.Value = values;
    }
}
