using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ProvingMarket.Client.Backends;
using ProvingMarket.Client.Provers;
using ProvingMarket.Client.Tests.Fakes;
using ProvingMarket.Domain;
using ProvingMarket.Proofs;

namespace ProvingMarket.Client.Tests.Provers;

public sealed class ProverWorkerOptionsTests : WorkerTestBase
{
    public static TheoryData<string, Action<ProverWorkerOptions>> Bad => new()
    {
        { "ProverId", options => options.ProverId = "" },
        { "ProverId", options => options.ProverId = "no/slash" },
        { "Account", options => options.Account = "" },
        { "CircuitsFolder", options => options.CircuitsFolder = "" },
        { "Slots", options => options.Slots = 0 },
        { "Slots", options => options.Slots = 1025 },
        { "AskPerUnit", options => options.AskPerUnit = new Credits(-1) },
        { "AskPerUnit", options => options.StandingAsks = true },
        { "MaxBond", options => options.MaxBond = new Credits(-1) },
        { "MilliUnitsPerSecond", options => options.MilliUnitsPerSecond = 0 },
        { "LatencyP95", options => options.LatencyP95 = TimeSpan.Zero },
        { "Hardware", options => options.Hardware = ["two words"] },
        { "DeadlineMargin", options => options.DeadlineMargin = TimeSpan.FromSeconds(-1) },
        { "MeasurementLifetime", options => options.MeasurementLifetime = TimeSpan.Zero },
        { "QueueCapacity", options => options.QueueCapacity = 0 },
        { "DrainTimeout", options => options.DrainTimeout = TimeSpan.FromDays(31) },
        { "LeaveTimeout", options => options.LeaveTimeout = TimeSpan.Zero },
        { "BackOff.First", options => options.BackOff.First = TimeSpan.Zero },
        // Those that need a look at the machine are refused at start, too.
        { "CircuitsFolder", options => options.CircuitsFolder = "/nowhere" },
        { "Circuits", options => options.Circuits = ["unknown"] },
        { "Backend", options => options.Backend = "unknown" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task A_setting_that_cannot_work_is_refused_by_its_name_at_start(string setting, Action<ProverWorkerOptions> configure)
    {
        Harness.Configure = configure;
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => Harness.StartAsync());
        Assert.StartsWith($"ProverWorkerOptions.{setting}", exception.Message, StringComparison.Ordinal);
        Assert.Empty(Harness.Prover.Connects.Calls);
    }

    [Fact]
    public async Task An_altered_artefact_stops_the_worker_before_it_offers_anything()
    {
        var zkey = Path.Combine(Harness.Circuit.Folder, "circuit.zkey");
        File.AppendAllText(zkey, "!");
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => Harness.StartAsync());
        Assert.Contains(zkey, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_verification_key_that_is_unusable_stops_the_worker_before_it_offers_anything()
    {
        Harness.ConfigureServices = services => services.AddSingleton(ProofSystems.Default);
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => Harness.StartAsync());
        Assert.StartsWith("ProverWorkerOptions.CircuitsFolder: the verification key of circuit merkle is unusable", exception.Message, StringComparison.Ordinal);
        Assert.Empty(Harness.Prover.Connects.Calls);
    }

    [Fact]
    public async Task The_offer_says_what_is_configured()
    {
        Harness.Configure = options =>
        {
            options.Slots = 3;
            options.AskPerUnit = Credits.Whole(2);
            options.MaxBond = Credits.Whole(9);
            options.LatencyP95 = TimeSpan.FromSeconds(7);
            options.Hardware = ["gpu"];
            options.Circuits = ["merkle", Harness.Circuit.ProgramId];
        };
        await Harness.StartAsync();
        var offer = Harness.Prover.Connects.Calls[0].Offer;
        Assert.Equal(("p1", "prover-one", 3, 1000), (offer.ProverId, offer.Account, offer.Slots, offer.MilliUnitsPerSecond));
        Assert.Equal((Credits.Whole(2), Credits.Whole(9), TimeSpan.FromSeconds(7)), (offer.AskPerUnit, offer.MaxBond, offer.LatencyP95));
        Assert.Equal([Harness.Circuit.ProgramId], offer.Programs.AsEnumerable());
        Assert.Equal(["gpu"], offer.Hardware.AsEnumerable());
    }

    [Fact]
    public async Task With_several_backends_one_must_be_named()
    {
        Harness.ConfigureServices = services => services.AddSingleton<IProverBackend>(new FakeBackend { Name = "other" });
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => Harness.StartAsync());
        Assert.Contains("fake, other", exception.Message, StringComparison.Ordinal);

        await using var harness = new WorkerHarness { ConfigureServices = Harness.ConfigureServices, Configure = options => options.Backend = "fake" };
        await harness.StartAsync();
    }
}
