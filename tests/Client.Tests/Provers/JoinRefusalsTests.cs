using ProvingMarket.Client.Provers;
using ProvingMarket.Domain;

namespace ProvingMarket.Client.Tests.Provers;

public sealed class JoinRefusalsTests
{
    /// <summary>Every code has been thought of: those not named here are dropped, and a new code has to be put on one side or the other.</summary>
    [Fact]
    public void Only_refusals_that_pass_are_tried_again()
    {
        ReasonCode[] later = [ReasonCode.SlotsFull, ReasonCode.RunFull, ReasonCode.LockHeld, ReasonCode.StakeInsufficient, ReasonCode.RunUnknown];
        ReasonCode[] reconnect = [ReasonCode.SessionUnknown, ReasonCode.ProverUnknown, ReasonCode.ProverNotLive];
        foreach (var code in Enum.GetValues<ReasonCode>())
        {
            var expected = later.Contains(code) ? JoinFollowUp.TryLater : reconnect.Contains(code) ? JoinFollowUp.ConnectAndTryLater : JoinFollowUp.Drop;
            Assert.Equal(expected, JoinRefusals.FollowUp(code));
        }
    }

    [Theory]
    [InlineData(ReasonCode.ProverIdConflict, true)]
    [InlineData(ReasonCode.OutOfRange, true)]
    [InlineData(ReasonCode.SlotsFull, false)]
    [InlineData(ReasonCode.ProgramUnknown, false)]
    public void Only_a_wrong_configuration_is_a_reason_never_to_connect_again(ReasonCode code, bool permanent) =>
        Assert.Equal(permanent, JoinRefusals.IsPermanent(code));
}
