using ProvingMarket.Domain;
using ProvingMarket.Proofs;

namespace ProvingMarket.Grains.Programs;

/// <summary>What a proof system refuses, in the market's terms.</summary>
internal static class ProofRefusals
{
    /// <summary>The refusal of a field.</summary>
    public static Refusal As(this ProofRefusal refusal, ReasonCode code, string field) =>
        Refusal.Of(code, $"{field} {refusal.Field}", refusal.Limit ?? refusal.Message, refusal.Value ?? "");
}
