using Microsoft.Extensions.Options;

namespace ProvingMarket.Client;

/// <summary>Settings of <see cref="IProvingMarketClient"/>.</summary>
public sealed class MarketClientOptions
{
    /// <summary>The longest poll a request answers.</summary>
    public static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(20);

    /// <summary>How long a call without an answer is repeated before <see cref="MarketUnavailableException"/> is thrown. A watch counts from the
    /// last answer it got.</summary>
    /// <value>The default is 2 minutes.</value>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>The waits between repeated calls.</summary>
    public BackOffOptions BackOff { get; set; } = new();

    /// <summary>How long one call waits for news of a request; at most <see cref="LongestPoll"/>.</summary>
    /// <value>The default is 15 seconds.</value>
    public TimeSpan LongPoll { get; set; } = TimeSpan.FromSeconds(15);
}

/// <summary>Refuses settings that cannot work, with the setting's name.</summary>
internal sealed class MarketClientOptionsValidator : IValidateOptions<MarketClientOptions>
{
    public ValidateOptionsResult Validate(string? name, MarketClientOptions options)
    {
        List<string> problems = [.. options.BackOff.Problems($"{nameof(MarketClientOptions)}.{nameof(options.BackOff)}")];
        if (options.GiveUpAfter <= TimeSpan.Zero)
            problems.Add($"{nameof(MarketClientOptions)}.{nameof(options.GiveUpAfter)} must be positive, was {options.GiveUpAfter}");
        if (options.LongPoll <= TimeSpan.Zero || options.LongPoll > MarketClientOptions.LongestPoll)
            problems.Add($"{nameof(MarketClientOptions)}.{nameof(options.LongPoll)} must be above 0 and at most {MarketClientOptions.LongestPoll}, was {options.LongPoll}");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
