using ProvingMarket.Grains.Interfaces.Tests.Contracts;
using ProvingMarket.Grains.Interfaces.Tests.Samples;

namespace ProvingMarket.Grains.Interfaces.Tests;

public sealed class WireContractTests
{
    [Fact]
    public void The_contract_is_the_accepted_one()
    {
        var complaint = AcceptedContract.Judge(
            AcceptedContract.Read(), WireContract.Render(ContractTests.Market), Environment.GetEnvironmentVariable(AcceptedContract.Variable), AcceptedContract.Write);
        Assert.True(complaint is null, complaint);
    }

    [Fact]
    public void Everything_that_others_depend_on_is_in_the_text() => Assert.Equal(
        [
            "interface pm.sample.ISound : IGrainWithStringKey",
            "interface pm.sample.ISound inherits pm.sample.ISoundBase",
            "interface pm.sample.ISound.Ask(pm.sample.SoundMessage, array<pm.Credits>, span?): Task<pm.sample.SoundMessage>",
            "interface pm.sample.ISound.Follow(): IAsyncEnumerable<pm.sample.SoundValue>",
            "interface pm.sample.ISound.Tell(pm.sample.ISoundObserver): ValueTask",
            "interface pm.sample.ISoundObserver : observer",
            "interface pm.sample.ISoundObserver.Told(pm.sample.SoundMessage): Task",
            "message pm.Bytes",
            "message pm.Bytes 0 _content: byte[]",
            "message pm.Credits",
            "message pm.Credits 0 Micro: long",
            "message pm.sample.SoundMessage",
            "message pm.sample.SoundMessage 0 Name: string",
            "message pm.sample.SoundMessage 1 Table: sorted-table<SoundKind, array<pm.Bytes?>>",
            "message pm.sample.SoundMessage 2 Inner: pm.sample.SoundMessage",
            "message pm.sample.SoundMessage 3 Loudness: int = 11",
            "message pm.sample.SoundValue",
            "message pm.sample.SoundValue 0 Number: long",
            "record named/numbers in market: pm.sample.SoundValue",
            "record sound/words in market: pm.sample.SoundMessage",
            "enum SoundKind 0 None",
            "enum SoundKind 1 Some",
        ],
        WireContract.Render(Contract.OfTypes(typeof(ISound), typeof(ISoundObserver), typeof(SoundGrain), typeof(RenamedGrain))));

    [Fact]
    public void An_unchanged_contract_is_accepted_in_silence() => Assert.Null(AcceptedContract.Judge(["a", "b"], ["b", "a"], null, MustNotWrite));

    [Fact]
    public void An_addition_is_shown_with_how_to_accept_it()
    {
        var complaint = AcceptedContract.Judge(["a"], ["a", "b"], null, MustNotWrite);
        Assert.Contains("+ b", complaint);
        Assert.Contains("ACCEPT_WIRE_CONTRACT=additive", complaint);
        Assert.DoesNotContain("refused", complaint);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("additive")]
    public void A_removal_or_renumbering_is_refused(string? acceptance)
    {
        var complaint = AcceptedContract.Judge(["message m 0 A: int"], ["message m 1 A: int"], acceptance, MustNotWrite);
        Assert.Contains("- message m 0 A: int", complaint);
        Assert.Contains("+ message m 1 A: int", complaint);
        Assert.Contains("Removing, renaming or renumbering is refused", complaint);
    }

    [Theory]
    [InlineData("additive", "a")]
    [InlineData("breaking", "z")]
    public void What_is_accepted_is_written(string acceptance, string before)
    {
        IReadOnlyList<string>? written = null;
        Assert.Null(AcceptedContract.Judge([before], ["a", "b"], acceptance, lines => written = lines));
        Assert.Equal(["a", "b"], written);
    }

    private static void MustNotWrite(IReadOnlyList<string> lines) => Assert.Fail("The file must not be written.");
}
