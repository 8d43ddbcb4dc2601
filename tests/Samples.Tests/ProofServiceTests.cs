using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ProvingMarket.Client;
using ProvingMarket.Domain;
using ProvingMarket.Samples.Extending;
using ProvingMarket.Silo.Hosting;

namespace ProvingMarket.Samples.Tests;

/// <summary>The samples together, as the pages describe them: a silo in a host of its own, a worker with its own backend, and a service that asks over HTTP.</summary>
public sealed class ProofServiceTests : IAsyncLifetime, IDisposable
{
    private readonly EnclaveFiles _enclave = new();
    private readonly HttpClient _http = new();
    private WebApplication _silo = null!;
    private IHost _worker = null!;
    private WebApplication _service = null!;

    public async Task InitializeAsync()
    {
        _silo = OwnSilo.Build(new Dictionary<string, string?>
        {
            ["Silo:Storage"] = "memory", ["Silo:GatewayPort"] = "0", ["Silo:Web:Port"] = "0", ["Silo:Cluster:SiloPort"] = "0",
        });
        await _silo.StartAsync();
        var gateway = _silo.Services.GetRequiredService<ISiloGateway>().EndPoint;

        var circuit = CircuitCatalog.Open(_enclave.Circuits).Catalog!.Find("digest")!;
        var market = _silo.Services.GetRequiredService<IProvingMarketClient>();
        Assert.Null((await market.RegisterProgramAsync(circuit.Definition)).Refusal);
        Assert.Null((await market.DepositAsync("service", "start", Credits.Whole(4))).Refusal);

        _worker = OwnWorker.Build(gateway, _enclave.Circuits, _enclave.KeyFile);
        await _worker.StartAsync();
        _service = ProofService.Build(gateway, new AttestationRequests(circuit.ProgramId, "service", DateTimeOffset.UtcNow.AddMinutes(3)), "http://127.0.0.1:0");
        await _service.StartAsync();
        _http.BaseAddress = new Uri(_service.Urls.First());
    }

    public async Task DisposeAsync()
    {
        await _service.StopAsync();
        await _service.DisposeAsync();
        await _worker.StopAsync();
        _worker.Dispose();
        await _silo.StopAsync();
        await _silo.DisposeAsync();
    }

    public void Dispose()
    {
        _http.Dispose();
        _enclave.Dispose();
    }

    [Fact]
    public async Task A_service_asks_and_fetches_what_its_own_backend_has_proved()
    {
        using var asked = await _http.PutAsync("/proofs/p1", new StringContent("a document"));
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);

        var proof = await _http.GetByteArrayAsync(asked.Headers.Location);

        var system = new AttestationSystem();
        Assert.True(system.PrepareKey(_enclave.PublicKey).TryGet(out var key, out _));
        var statement = JsonSerializer.SerializeToUtf8Bytes(new[] { Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("a document"))) });
        Assert.True(system.Verify(key, proof, statement).IsValid);
        Assert.Equal(Credits.Zero, (await _silo.Services.GetRequiredService<IProvingMarketClient>().GetBalanceAsync("service")).Held);

        // The same again is the same request, and costs nothing; another under its id is refused in words.
        using var again = await _http.PutAsync("/proofs/p1", new StringContent("a document"));
        Assert.Equal(HttpStatusCode.Accepted, again.StatusCode);
        using var other = await _http.PutAsync("/proofs/p1", new StringContent("another document"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.StatusCode);
        Assert.Contains(nameof(ReasonCode.RequestIdConflict), await other.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(proof, await _http.GetByteArrayAsync(asked.Headers.Location));
    }

    [Fact]
    public async Task What_there_is_not_is_answered_in_words()
    {
        using var unknown = await _http.GetAsync("/proofs/nobody");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Contains(nameof(ReasonCode.RequestUnknown), await unknown.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var malformed = await _http.GetAsync("/proofs/no%20id");
        Assert.Equal(HttpStatusCode.BadRequest, malformed.StatusCode);
    }
}
