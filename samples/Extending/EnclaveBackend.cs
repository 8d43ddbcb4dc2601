using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using ProvingMarket.Client.Backends;

namespace ProvingMarket.Samples.Extending;

/// <summary>A backend of one's own, for <see cref="AttestationSystem"/>: it computes what is asked, here the SHA-256 of the input, and signs it with the enclave's key.</summary>
/// <param name="keyFile">The enclave's private key, PEM.</param>
public sealed class EnclaveBackend(string keyFile) : IProverBackend
{
    private readonly Lock _lock = new();
    private ECDsa? _key;
    private byte[] _publicKey = [];

    /// <inheritdoc/>
    public string Name => "enclave";

    /// <inheritdoc/>
    public async ValueTask PrepareAsync(IProgress<string>? progress, CancellationToken cancellationToken)
    {
        if (_key is not null) return;
        try
        {
            var key = ECDsa.Create();
            key.ImportFromPem(await File.ReadAllTextAsync(keyFile, cancellationToken));
            _publicKey = System.Text.Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem());
            _key = key;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException)
        {
            throw new ProverBackendException(ProverFailureReason.BackendMissing, $"the enclave's key {keyFile} cannot be used: {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    public async Task<ProverResult> ProveAsync(ProverJob job, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            await PrepareAsync(progress: null, cancellationToken);
        }
        catch (ProverBackendException exception)
        {
            return new ProverFailure(exception.Reason, exception.Message);
        }
        catch (OperationCanceledException)
        {
            return new ProverFailure(ProverFailureReason.Cancelled, "cancelled before the key was read");
        }
        if (job.Input.IsEmpty) return new ProverFailure(ProverFailureReason.InputRejected, "the input is empty");

        var statement = Convert.ToHexStringLower(SHA256.HashData(job.Input.Span));
        byte[] signature;
        lock (_lock) signature = _key!.SignData(AttestationSystem.SignedContent(_publicKey, statement), HashAlgorithmName.SHA256);
        return new ProverSuccess(signature, JsonSerializer.SerializeToUtf8Bytes(new[] { statement })) { WallTime = Stopwatch.GetElapsedTime(started) };
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _key?.Dispose();
        return ValueTask.CompletedTask;
    }
}
