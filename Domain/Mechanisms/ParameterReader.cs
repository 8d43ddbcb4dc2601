using System.Collections.Immutable;
using System.Globalization;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms;

/// <summary>Reads the parameters of a mechanism one after another. The first that is unknown, malformed or out of range is refused, and from
/// then on everything reads as its default.</summary>
internal sealed class ParameterReader
{
    private const int Decimals = 3;

    private readonly ImmutableSortedDictionary<string, string> _values;

    public ParameterReader(ImmutableSortedDictionary<string, string> values, ImmutableArray<MechanismParameter> listing)
    {
        _values = values;
        var unknown = values.Keys.FirstOrDefault(name => listing.All(parameter => parameter.Name != name));
        if (unknown is not null)
            Refusal = Refusal.Of(ReasonCode.ParameterUnknown, $"mechanism.{unknown}", "one of " + string.Join(", ", listing.Select(p => p.Name)), unknown);
    }

    /// <summary>Why the parameters cannot be used; null while all that was read is fine.</summary>
    public Refusal? Refusal { get; private set; }

    /// <summary>Refuses a request that wants several provers side by side, for a mechanism that has one at a time.</summary>
    public void RefuseRedundancy(RequestConstraints constraints)
    {
        if (Refusal is null && constraints.MinRedundancy > 1)
            Refusal = Refusal.Of(ReasonCode.OutOfRange, "constraints.minRedundancy", "1 for a mechanism with one prover at a time", $"{constraints.MinRedundancy}");
    }

    /// <summary>An amount of money.</summary>
    public Credits Money(string name, Credits otherwise, Credits least, Credits most) =>
        Read(name, otherwise, () => $"a number of credits from {least} to {most}", text =>
            Credits.TryParse(text, out var amount) && amount >= least && amount <= most ? amount : null);

    /// <summary>A time in seconds with at most three decimals.</summary>
    public TimeSpan Seconds(string name, TimeSpan otherwise, TimeSpan least, TimeSpan most) =>
        Read(name, otherwise, () => $"a number of seconds from {InSeconds(least)} to {InSeconds(most)} with at most {Decimals} decimals", text =>
            TrySeconds(text, out var time) && time >= least && time <= most ? time : null);

    /// <summary>A whole number.</summary>
    public int Count(string name, int otherwise, int least, int most, string unit) =>
        Read(name, otherwise, () => $"a whole number of {unit} from {least} to {most}", text =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= least && count <= most ? count : null);

    /// <summary>One of several words.</summary>
    public T Word<T>(string name, T otherwise, params (string Word, T Meaning)[] words) where T : struct =>
        Read(name, otherwise, () => string.Join(" or ", words.Select(word => word.Word)), text =>
            words.Where(word => word.Word == text).Select(word => (T?)word.Meaning).FirstOrDefault());

    /// <summary>A time in seconds, as parameters are written.</summary>
    public static string InSeconds(TimeSpan time) => ((decimal)time.Ticks / TimeSpan.TicksPerSecond).ToString("0.#######", CultureInfo.InvariantCulture);

    private T Read<T>(string name, T otherwise, Func<string> limit, Func<string, T?> parse) where T : struct
    {
        if (Refusal is not null || !_values.TryGetValue(name, out var text)) return otherwise;
        if (parse(text) is { } value) return value;
        Refusal = Refusal.Of(ReasonCode.ParameterInvalid, $"mechanism.{name}", limit(), text);
        return otherwise;
    }

    private static bool TrySeconds(string text, out TimeSpan time)
    {
        time = TimeSpan.Zero;
        if (text.Length > 16 || (text.IndexOf('.') is >= 0 and var point && text.Length - point - 1 > Decimals)) return false;
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)) return false;
        if (seconds > TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerSecond) return false;
        time = new TimeSpan((long)(seconds * TimeSpan.TicksPerSecond));
        return true;
    }
}
