using Microsoft.Extensions.Options;
using ProvingMarket.Domain;

namespace ProvingMarket.Client.Provers;

/// <summary>Refuses settings that cannot work, with the setting's name.</summary>
internal sealed class ProverWorkerOptionsValidator : IValidateOptions<ProverWorkerOptions>
{
    public ValidateOptionsResult Validate(string? name, ProverWorkerOptions options)
    {
        List<string> problems =
        [
            .. Id(nameof(options.ProverId), options.ProverId),
            .. Id(nameof(options.Account), options.Account),
            .. Require(nameof(options.CircuitsFolder), options.CircuitsFolder.Length > 0, "the path of a folder of circuits", "empty"),
            .. InRange(nameof(options.Slots), options.Slots, 1, MarketLimits.ProverSlots),
            .. Money(nameof(options.AskPerUnit), options.AskPerUnit, MarketLimits.AskPerUnit),
            .. Require(nameof(options.AskPerUnit), !options.StandingAsks || options.AskPerUnit > Credits.Zero, $"above 0 with {nameof(options.StandingAsks)}", options.AskPerUnit.ToString()),
            .. Money(nameof(options.MaxBond), options.MaxBond ?? Credits.Zero, MarketLimits.Amount),
            .. InRange(nameof(options.MilliUnitsPerSecond), options.MilliUnitsPerSecond, 1, long.MaxValue),
            .. Time(nameof(options.LatencyP95), options.LatencyP95 ?? TimeSpan.FromSeconds(1), zeroAllowed: false),
            .. InRange(nameof(options.AvailabilityPercent), options.AvailabilityPercent ?? 1, 1, 100),
            .. InRange(nameof(options.Hardware), options.Hardware.Count, 0, MarketLimits.ListEntries),
            .. options.Hardware.SelectMany(tag => Id(nameof(options.Hardware), tag)),
            .. Time(nameof(options.DeadlineMargin), options.DeadlineMargin, zeroAllowed: true),
            .. Time(nameof(options.MeasurementLifetime), options.MeasurementLifetime, zeroAllowed: false),
            .. InRange(nameof(options.QueueCapacity), options.QueueCapacity, 1, 100_000),
            .. Time(nameof(options.DrainTimeout), options.DrainTimeout, zeroAllowed: true),
            .. Time(nameof(options.LeaveTimeout), options.LeaveTimeout, zeroAllowed: false),
            .. options.BackOff.Problems(Setting(nameof(options.BackOff))),
        ];
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    /// <summary>A setting's full name, as messages show it.</summary>
    internal static string Setting(string name) => $"{nameof(ProverWorkerOptions)}.{name}";

    /// <summary>The exception for a setting that turns out to be wrong after the options were checked by themselves.</summary>
    internal static OptionsValidationException Refuse(string name, string problem) =>
        new(Options.DefaultName, typeof(ProverWorkerOptions), [$"{Setting(name)}: {problem}"]);

    private static IEnumerable<string> Id(string name, string value)
    {
        if (Ids.Check(Setting(name), value) is { } refusal) yield return $"{Setting(name)} must be {refusal.Limit}, was '{value}'";
    }

    private static IEnumerable<string> InRange(string name, long value, long least, long most) =>
        Require(name, value >= least && value <= most, most == long.MaxValue ? $"at least {least}" : $"{least} to {most}", $"{value}");

    private static IEnumerable<string> Money(string name, Credits amount, Credits most) =>
        Require(name, amount >= Credits.Zero && amount <= most, $"0 to {most} credits", amount.ToString());

    private static IEnumerable<string> Time(string name, TimeSpan value, bool zeroAllowed) => Require(
        name,
        (value > TimeSpan.Zero || (zeroAllowed && value == TimeSpan.Zero)) && value <= ProverWorkerOptions.LongestTime,
        zeroAllowed ? $"0 to {ProverWorkerOptions.LongestTime.TotalDays} days" : $"above 0 and at most {ProverWorkerOptions.LongestTime.TotalDays} days",
        value.ToString());

    private static IEnumerable<string> Require(string name, bool holds, string limit, string value)
    {
        if (!holds) yield return $"{Setting(name)} must be {limit}, was {value}";
    }
}
