using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ProvingMarket.Client;
using ProvingMarket.Client.Backends;
using ProvingMarket.Client.Provers;
using ProvingMarket.Proofs;

namespace ProvingMarket.Samples.Extending;

/// <summary>A prover's worker in a host of one's own, with a backend of one's own.</summary>
public static class OwnWorker
{
    /// <summary>Builds it.</summary>
    /// <param name="gateway">Where the market is.</param>
    /// <param name="circuits">The folder of circuits, with their manifests.</param>
    /// <param name="keyFile">The enclave's private key.</param>
    public static IHost Build(IPEndPoint gateway, string circuits, string keyFile)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.UseProvingMarketGateway(gateway);
        builder.Services.AddSingleton<IProverBackend>(new EnclaveBackend(keyFile));
        builder.Services.AddSingleton(new ProofSystems([new AttestationSystem()]));
        builder.Services.AddProverWorker(worker =>
        {
            worker.ProverId = "enclave-1";
            worker.Account = "enclave";
            worker.CircuitsFolder = circuits;
            worker.MilliUnitsPerSecond = 1_000_000;
        });
        return builder.Build();
    }
}
