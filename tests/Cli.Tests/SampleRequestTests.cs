using ProvingMarket.Cli.Demo;
using ProvingMarket.Client;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Cli.Tests;

/// <summary>Every sample is a request that the market's rules accept, also those that the demo does not run.</summary>
public sealed class SampleRequestTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "samples", "requests");

    public static TheoryData<string> Samples => [.. Directory.GetFiles(Folder, "*.json").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_sample_is_a_request(string name)
    {
        var (file, refusal) = RequestFile.Read(Path.Combine(Folder, name));
        Assert.Null(refusal);
        var catalog = CircuitCatalog.Open(Path.Combine(AppContext.BaseDirectory, "circuits")).Catalog;
        Assert.Null(file!.ToSpec(catalog, DateTimeOffset.UtcNow, "r1", "alice").Refusal);
    }

    /// <summary>A proof of these circuits takes a second or two when nothing else is to be done, and the demonstration shows the same when much is: the deadline by which a request that is to be
    /// proved would expire is far away. Whoever rescues comes when the trouble is made, however long that takes.</summary>
    [Fact]
    public void Requests_of_the_demonstration_that_are_to_be_proved_have_a_hundred_times_the_time_that_takes()
    {
        var now = DateTimeOffset.UtcNow;
        foreach (var request in DemoCast.Requests)
        {
            var time = RequestFile.Read(Path.Combine(Folder, request.Name + ".json")).File!.HardDeadline.From(now) - now;
            var (least, most) = request.Expectation switch
            {
                DemoExpectation.ExpiredAndRefunded => (TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10)), // waited for, in fact
                DemoExpectation.RescuedFromKilledWorker or DemoExpectation.RescuedFromForger => (TimeSpan.FromMinutes(5), TimeSpan.MaxValue),
                _ => (TimeSpan.FromMinutes(2), TimeSpan.MaxValue),
            };
            Assert.True(time >= least && time <= most, $"{request.Name} has {time}");
        }
    }

    /// <summary>A worker takes no work for a program while its last proof for it was refused: had the forger been caught at another request, it would not come to be caught at this one, and nobody
    /// would come to the rescue.</summary>
    [Fact]
    public void The_forger_can_be_caught_at_its_program_only_where_the_demonstration_shows_it()
    {
        var read = DemoCast.Requests.ToDictionary(request => request.Expectation, request => RequestFile.Read(Path.Combine(Folder, request.Name + ".json")).File!);
        var shown = read[DemoExpectation.RescuedFromForger];
        Assert.True(IsOpenToTheForger(shown));
        var others = read.Values.Where(file => file != shown && file.Program == shown.Program).ToList();
        Assert.NotEmpty(others);
        Assert.DoesNotContain(others, IsOpenToTheForger);

        static bool IsOpenToTheForger(RequestFile file) =>
            file.Constraints.MinStake <= DemoCast.StakeOf(DemoCast.Forger)
            && (file.Constraints.AllowedProvers.IsEmpty || file.Constraints.AllowedProvers.Contains(DemoCast.Forger));
    }

    [Fact]
    public void One_sample_has_fallbacks()
    {
        var fallbacks = RequestFile.Read(Path.Combine(Folder, "with-fallbacks.json")).File!.Fallbacks;
        Assert.Equal(["race", "race"], fallbacks.Select(fallback => fallback.Mechanism.Name));
        Assert.Equal([FailureCause.NobodyBid], fallbacks[0].Causes.AsEnumerable());
        Assert.Empty(fallbacks[1].Causes);
    }
}
