using System.Security.Cryptography;
using System.Text.Json;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Qos;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Samples.Extending;

/// <summary>Makes requests from what callers of the service send.</summary>
public interface IRequestMaker
{
    /// <summary>The request: the same for the same arguments, so that whoever repeats a call asks for nothing new.</summary>
    ProofRequestSpec Make(string id, byte[] input);
}

/// <summary>Asks that the enclave's program attests the SHA-256 of the input, and leaves the mechanism to the market.</summary>
/// <param name="programId">The program.</param>
/// <param name="account">The account that pays.</param>
/// <param name="until">The hard deadline of all requests; one computed from the time of the call would make a repeated call another request.</param>
public sealed class AttestationRequests(string programId, string account, DateTimeOffset until) : IRequestMaker
{
    /// <inheritdoc/>
    public ProofRequestSpec Make(string id, byte[] input) => new()
    {
        RequestId = id,
        Account = account,
        ProgramId = programId,
        PublicInputs = Bytes.CopyOf(JsonSerializer.SerializeToUtf8Bytes(new[] { Convert.ToHexStringLower(SHA256.HashData(input)) })),
        Input = Bytes.CopyOf(input),
        MaxPrice = Credits.Whole(2),
        SoftDeadline = until,
        HardDeadline = until,
        Weights = new QosWeights { Speed = 10, Cost = 3, Safety = 1, CensorshipResistance = 1 },
    };
}
