using ProvingMarket.Domain;

namespace ProvingMarket.Client.Provers;

/// <summary>What a worker does when the market does not let it join a run, or connect.</summary>
internal static class JoinRefusals
{
    /// <summary>The answer to a refusal to join.</summary>
    public static JoinFollowUp FollowUp(ReasonCode code) => code switch
    {
        // These pass: a slot or a bond becomes free, a participant leaves, the run is being started.
        ReasonCode.SlotsFull or ReasonCode.RunFull or ReasonCode.LockHeld or ReasonCode.StakeInsufficient or ReasonCode.RunUnknown => JoinFollowUp.TryLater,
        // The market has forgotten the worker.
        ReasonCode.SessionUnknown or ReasonCode.ProverUnknown or ReasonCode.ProverNotLive => JoinFollowUp.ConnectAndTryLater,
        _ => JoinFollowUp.Drop,
    };

    /// <summary>True when connecting again with the same settings can never work.</summary>
    public static bool IsPermanent(ReasonCode code) => code is
        ReasonCode.FieldMissing or ReasonCode.FieldMalformed or ReasonCode.FieldTooLarge or ReasonCode.OutOfRange or ReasonCode.ProverIdConflict;
}

/// <summary>What to do after a refusal to join.</summary>
internal enum JoinFollowUp
{
    /// <summary>This run is not for this worker.</summary>
    Drop,
    /// <summary>Try again while the invitation lasts.</summary>
    TryLater,
    /// <summary>Renew the session with the market, then try again.</summary>
    ConnectAndTryLater,
}
