using ProvingMarket.Domain;

namespace ProvingMarket.Grains.Interfaces.Requests;

/// <summary>The verified proof of one statement of a batch, keyed <see cref="GrainKeys.BatchProof"/>: written once, in a record of its own, so that neither the run nor
/// the request is written anew with all proofs whenever one is added.</summary>
[Alias("pm.IBatchProofGrain")]
public interface IBatchProofGrain : IGrainWithStringKey
{
    /// <summary>Called by runs before they count the proof: durable before the answer. Repeatable; the key says which proof it is.</summary>
    [Alias("Keep")]
    Task KeepAsync(Bytes proof);

    /// <summary>Called by requests: the proof; null when it has not been kept.</summary>
    [Alias("Get")]
    Task<Bytes?> GetAsync();

    /// <summary>Called by runs that are being deleted: deletes the proof. Repeatable.</summary>
    [Alias("Forget")]
    Task ForgetAsync();
}
