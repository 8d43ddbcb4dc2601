using System.CommandLine;
using System.Globalization;
using System.Numerics;
using ProvingMarket.Client;
using ProvingMarket.Domain;

namespace ProvingMarket.Cli.Flags;

/// <summary>Options whose values are numbers, times, money or one of some names. A value that cannot be used is refused while the command line is read: by the
/// option's name, what it may be, and what it was.</summary>
internal static class ValueOptions
{
    /// <summary>A whole number from <paramref name="least"/> to <paramref name="most"/>, or to the greatest of its type.</summary>
    public static Option<T> Number<T>(string name, string description, T least, T? most = null)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => Of(
        name,
        "N",
        description,
        most is null ? $"{least} or more" : $"{least} to {most}",
        text => T.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= (most ?? T.MaxValue) ? number : null as T?);

    /// <summary>A duration with its unit.</summary>
    /// <param name="name">The option.</param>
    /// <param name="description">What it is for.</param>
    /// <param name="limit">What it may be, in words.</param>
    /// <param name="isFit">Whether it is.</param>
    public static Option<TimeSpan> Time(string name, string description, string limit, Func<TimeSpan, bool> isFit) => Of(
        name, "TIME", description, limit, text => Deadline.TryDuration(text, out var time) && isFit(time) ? time : null as TimeSpan?);

    /// <summary>An amount of credits from 0, or from the smallest there is, to <paramref name="most"/>.</summary>
    public static Option<Credits> Amount(string name, string description, Credits most, bool isZeroFit = false) => Of(
        name,
        "CREDITS",
        description,
        $"a number of credits{(isZeroFit ? $", 0 to {most}," : $" above 0 and at most {most},")} with at most 6 decimals",
        text => Credits.TryParse(text, out var amount) && (amount > Credits.Zero || (isZeroFit && amount == Credits.Zero)) && amount <= most ? amount : null as Credits?);

    /// <summary>One of some names.</summary>
    public static Option<string> OneOf(string name, string description, params IReadOnlyCollection<string> names)
    {
        var option = new Option<string>(name) { HelpName = "NAME", Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var given }] && !names.Contains(given)) result.AddError(Refusal(name, $"one of {string.Join(", ", names)}", given));
        });
        return option;
    }

    /// <summary>What counts when the option is not given; the help shows it.</summary>
    public static Option<T> UnlessGiven<T>(this Option<T> option, T value)
    {
        option.DefaultValueFactory = _ => value;
        return option;
    }

    /// <summary>The value, or null when the option is not given.</summary>
    public static T? IfGiven<T>(this ParseResult line, Option<T> option)
        where T : struct => line.GetResult(option) is null ? null : line.GetValue(option);

    /// <summary>What a value is refused with, wherever that is found out.</summary>
    public static string Refusal(string option, string limit, string value) => $"{option} must be {limit}, was {value}";

    /// <summary>Any other value.</summary>
    /// <param name="name">The option.</param>
    /// <param name="helpName">What stands for the value in the help.</param>
    /// <param name="description">What it is for.</param>
    /// <param name="limit">What it may be, in words.</param>
    /// <param name="read">Reads it; null for what cannot be used.</param>
    public static Option<T> Of<T>(string name, string helpName, string description, string limit, Func<string, T?> read)
        where T : struct => new(name)
    {
        HelpName = helpName,
        Description = description,
        CustomParser = argument =>
        {
            // One without its value is complained about by the parser itself.
            if (argument.Tokens is not [{ Value: var text }]) return default;
            if (read(text) is { } value) return value;
            argument.AddError(Refusal(name, limit, text));
            return default;
        },
    };
}
