using System.Collections.Immutable;
using System.Reflection;

namespace ProvingMarket.Domain.Tests;

/// <summary>All messages that differ from a given one in exactly one field, at any depth. It goes by reflection, so a field added to a message
/// is varied without anybody thinking of it; a field of a type it does not know makes it throw.</summary>
internal static class Variations
{
    public static IEnumerable<(string Path, T Changed)> Of<T>(T message)
        where T : notnull => Vary(message, "").Select(change => (change.Path, (T)change.Changed!));

    private static IEnumerable<(string Path, object? Changed)> Vary(object message, string path)
    {
        foreach (var property in message.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite))
        {
            var name = path.Length == 0 ? property.Name : $"{path}.{property.Name}";
            var value = property.GetValue(message);
            IEnumerable<(string Path, object? Value)> changes = ChangesOf(value, property.PropertyType, name);
            if (IsOptional(property)) changes = changes.Append((name, null));
            foreach (var (where, changed) in changes)
            {
                var copy = Clone(message);
                property.SetValue(copy, changed);
                yield return (where, copy);
            }
        }
    }

    private static IEnumerable<(string Path, object? Changed)> ChangesOf(object? value, Type type, string path) => value switch
    {
        string text => [(path, text + "x"), (path, "")],
        int number => [(path, number + 1), (path, -number - 1)],
        long number => [(path, number + 1), (path, -number - 1)],
        DateTimeOffset time => [(path, time.AddTicks(1)), (path, time.AddTicks(-1))],
        TimeSpan time => [(path, time + TimeSpan.FromTicks(1)), (path, time - TimeSpan.FromTicks(1))],
        Bytes bytes => [(path, Bytes.CopyOf([.. bytes.Span, 0])), (path, Bytes.CopyOf(bytes.Span[1..])), (path, Bytes.Empty)],
        Credits credits => [(path, new Credits(credits.Micro + 1)), (path, new Credits(-credits.Micro - 1))],
        WorkUnits work => [(path, new WorkUnits(work.Milli + 1))],
        ImmutableArray<string> texts => ListChanges(texts, path, text => text + "x", "more"),
        ImmutableSortedDictionary<string, string> table => TableChanges(table, path),
        null => throw new NotSupportedException($"{path} must be set to be varied."),
        _ when type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>) => MessageListChanges(value, type, path),
        _ when type.Namespace!.StartsWith("ProvingMarket.", StringComparison.Ordinal) => Vary(value, path),
        _ => throw new NotSupportedException($"{path}: no variation of {type} is known; add one."),
    };

    private static bool IsOptional(PropertyInfo property) =>
        new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;

    private static IEnumerable<(string, object?)> ListChanges(ImmutableArray<string> list, string path, Func<string, string> change, string more)
    {
        yield return (path, list.Add(more));
        if (list.IsEmpty) throw new NotSupportedException($"{path} must not be empty to be varied.");
        yield return (path, list.RemoveAt(0));
        for (var i = 0; i < list.Length; i++) yield return ($"{path}[{i}]", list.SetItem(i, change(list[i])));
        if (list.Length > 1)
        {
            yield return (path, ImmutableArray<string>.Empty);
            yield return ($"{path} joined", ImmutableArray.Create(string.Concat(list)));
            yield return ($"{path} reversed", list.Reverse().ToImmutableArray());
        }
    }

    private static IEnumerable<(string, object?)> TableChanges(ImmutableSortedDictionary<string, string> table, string path)
    {
        yield return (path, table.Add("more", ""));
        yield return (path, table.Clear());
        foreach (var (key, value) in table)
        {
            yield return ($"{path}[{key}]", table.SetItem(key, value + "x"));
            yield return ($"{path}[{key}] removed", table.Remove(key));
            yield return ($"{path}[{key}] renamed", table.Remove(key).Add(key + "x", value));
        }
    }

    private static IEnumerable<(string, object?)> MessageListChanges(object list, Type type, string path)
    {
        var element = type.GetGenericArguments()[0];
        var items = ((System.Collections.IEnumerable)list).Cast<object>().ToArray();
        if (items.Length == 0) throw new NotSupportedException($"{path} must not be empty to be varied.");
        yield return (path, Make([]));
        yield return (path, Make([.. items, items[0]]));
        for (var i = 0; i < items.Length; i++)
        {
            foreach (var (where, changed) in Vary(items[i], $"{path}[{i}]")) yield return (where, Make([.. items[..i], changed!, .. items[(i + 1)..]]));
        }

        object Make(object[] values)
        {
            var array = Array.CreateInstance(element, values.Length);
            values.CopyTo(array, 0);
            return typeof(ImmutableArray).GetMethods()
                .Single(m => m.Name == nameof(ImmutableArray.Create) && m.GetParameters() is [{ ParameterType: { IsArray: true } }])
                .MakeGenericMethod(element).Invoke(null, [array])!;
        }
    }

    private static object Clone(object record) =>
        record.GetType().GetMethod("<Clone>$") is { } clone ? clone.Invoke(record, null)! : record;
}
