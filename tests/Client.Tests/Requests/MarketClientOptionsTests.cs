using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ProvingMarket.Client.Tests.Fakes;

namespace ProvingMarket.Client.Tests.Requests;

public sealed class MarketClientOptionsTests
{
    public static TheoryData<string, Action<MarketClientOptions>> Bad => new()
    {
        { "MarketClientOptions.GiveUpAfter", options => options.GiveUpAfter = TimeSpan.Zero },
        { "MarketClientOptions.LongPoll", options => options.LongPoll = TimeSpan.Zero },
        { "MarketClientOptions.LongPoll", options => options.LongPoll = TimeSpan.FromSeconds(21) },
        { "MarketClientOptions.BackOff.First", options => options.BackOff.First = TimeSpan.Zero },
        { "MarketClientOptions.BackOff.Most", options => options.BackOff.Most = TimeSpan.FromMilliseconds(1) },
        { "MarketClientOptions.BackOff.Most", options => options.BackOff.Most = TimeSpan.FromHours(2) },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_setting_that_cannot_work_is_refused_by_its_name_at_start(string setting, Action<MarketClientOptions> configure)
    {
        using var services = Build(configure);
        var exception = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IStartupValidator>().Validate());
        Assert.StartsWith(setting + " must be", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_defaults_work_and_the_client_is_there()
    {
        using var services = Build(null);
        services.GetRequiredService<IStartupValidator>().Validate();
        Assert.Same(services.GetRequiredService<IProvingMarketClient>(), services.GetRequiredService<IProvingMarketClient>());
    }

    private static ServiceProvider Build(Action<MarketClientOptions>? configure) =>
        new ServiceCollection().AddSingleton<IGrainFactory>(new FakeGrainFactory()).AddProvingMarketClient(configure).BuildServiceProvider();
}
