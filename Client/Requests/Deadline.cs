using System.Globalization;

namespace ProvingMarket.Client;

/// <summary>A deadline as people write it: relative to the submission, such as <c>20s</c>, or a point in time with its offset, such as
/// <c>2026-03-01T12:00:00Z</c>.</summary>
public readonly record struct Deadline
{
    private static readonly (string Suffix, long Ticks)[] Units =
    [
        ("ms", TimeSpan.TicksPerMillisecond), ("s", TimeSpan.TicksPerSecond), ("m", TimeSpan.TicksPerMinute),
        ("h", TimeSpan.TicksPerHour), ("d", TimeSpan.TicksPerDay),
    ];

    private readonly TimeSpan _after;
    private readonly DateTimeOffset? _at;

    private Deadline(TimeSpan after, DateTimeOffset? at) => (_after, _at) = (after, at);

    /// <summary>What <see cref="TryParse"/> reads, in words.</summary>
    public const string Form = "a duration such as 500ms, 20s, 1.5m, 2h or 1d, or a time with offset such as 2026-03-01T12:00:00Z";

    /// <summary>True when it is relative to the submission.</summary>
    public bool IsDuration => _at is null;

    /// <summary>A deadline relative to the submission.</summary>
    public static Deadline After(TimeSpan time) => new(time, null);

    /// <summary>A deadline at a point in time.</summary>
    public static Deadline At(DateTimeOffset time) => new(default, time);

    /// <summary>The point in time it means for a submission at <paramref name="now"/>.</summary>
    public DateTimeOffset From(DateTimeOffset now) => _at ?? now + _after;

    /// <summary>Reads a deadline.</summary>
    public static bool TryParse(string text, out Deadline deadline)
    {
        if (TryDuration(text, out var duration))
        {
            deadline = After(duration);
            return true;
        }
        // Roundtrip kind tells a time without an offset, which means something else on every machine, from one with it; the offset may lead out of the calendar.
        var at = default(DateTimeOffset);
        var isTime = DateTime.TryParseExact(text, "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time)
            && time.Kind != DateTimeKind.Unspecified
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out at);
        deadline = isTime ? At(at) : default;
        return isTime;
    }

    /// <summary>A duration as <see cref="TryDuration"/> reads it, in the greatest unit of which it is a whole number: <c>90m</c>. What is less than a millisecond is left out.</summary>
    public static string Text(TimeSpan duration)
    {
        var unit = duration == TimeSpan.Zero ? Array.Find(Units, unit => unit.Suffix == "s") : Array.FindLast(Units, unit => duration.Ticks % unit.Ticks == 0);
        return unit.Ticks == 0 ? $"{duration.Ticks / TimeSpan.TicksPerMillisecond}ms" : $"{duration.Ticks / unit.Ticks}{unit.Suffix}";
    }

    /// <summary>Reads a duration with its unit: ms, s, m, h or d. It is not negative and at most 10,000 days.</summary>
    public static bool TryDuration(string text, out TimeSpan duration)
    {
        duration = default;
        var digits = text.TrimEnd("mshd".ToCharArray());
        var unit = Array.Find(Units, unit => unit.Suffix == text[digits.Length..]);
        if (unit.Ticks == 0 || !decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return false;
        if (number > 10_000m * TimeSpan.TicksPerDay / unit.Ticks) return false;
        duration = TimeSpan.FromTicks((long)(number * unit.Ticks));
        return true;
    }
}
