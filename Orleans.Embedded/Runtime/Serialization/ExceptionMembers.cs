using System.Collections.Concurrent;
using System.Reflection;
using System.Text;
using ProvingMarket.Serialization;

namespace Orleans.Serialization;

/// <summary>The members of exceptions that have an [Id]: they travel beside the message.</summary>
internal static class ExceptionMembers
{
    private static readonly ConcurrentDictionary<Type, (string Name, PropertyInfo Property)[]> s_members = new();

    /// <summary>Reads the members of an exception.</summary>
    /// <param name="error">The exception.</param>
    /// <param name="codec">Writes their values.</param>
    /// <returns>Their values as JSON, by name; null when there are none.</returns>
    internal static Dictionary<string, string>? Read(Exception error, JsonCodec codec)
    {
        var members = Of(error.GetType());
        return members.Length == 0 ? null : members.ToDictionary(member => member.Name, member => Json(codec, member.Property, error), StringComparer.Ordinal);
    }

    /// <summary>Sets the members of an exception. Those it does not have are left out.</summary>
    /// <param name="error">The exception.</param>
    /// <param name="values">Their values.</param>
    /// <param name="codec">Reads them.</param>
    internal static void Write(Exception error, Dictionary<string, string> values, JsonCodec codec)
    {
        foreach (var (name, property) in Of(error.GetType()))
        {
            if (values.TryGetValue(name, out var json)) property.SetValue(error, codec.Deserialize(Encoding.UTF8.GetBytes(json), property.PropertyType));
        }
    }

    private static (string Name, PropertyInfo Property)[] Of(Type type) => s_members.GetOrAdd(type, static type =>
        [.. SerializedMember.Of(type).Values
            .Where(member => member.Member is PropertyInfo { CanRead: true, CanWrite: true })
            .Select(member => (member.WireName, ((PropertyInfo)member.Member).DeclaringType!.GetProperty(member.Member.Name, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)!))]);

    private static string Json(JsonCodec codec, PropertyInfo property, Exception error)
    {
        using var buffer = new PooledBuffer(codec.Limits.MaxBytes, nameof(codec.Limits.MaxBytes));
        codec.Serialize(buffer, property.GetValue(error), property.PropertyType);
        return Encoding.UTF8.GetString(buffer.Written);
    }
}
