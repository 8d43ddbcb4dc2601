using BenchmarkDotNet.Attributes;
using ProvingMarket.Proofs;
using ProvingMarket.Proofs.Groth16;

namespace ProvingMarket.Benchmarks.Micro.Proofs;

/// <summary>Groth16 as the market calls it: on one core, valid proofs, full-size public inputs.</summary>
[InProcess]
[WarmupCount(5)]
[IterationCount(20)]
[IterationTime(100)]
[MemoryDiagnoser]
[MinColumn]
[MedianColumn]
public class Groth16Benchmarks
{
    private const int BatchSize = 16;

    private readonly Groth16ProofSystem _system = new();
    private readonly byte[] _randomness = new byte[BatchSize * BatchRandomness.BytesPerProof];
    private Groth16Sample _sample = null!;
    private Groth16PreparedKey _key = null!;
    private Groth16Proof _proof = null!;
    private PublicInputs _inputs = null!;
    private (Groth16Proof Proof, PublicInputs Inputs)[] _batch = [];

    /// <summary>How many public inputs the statement has.</summary>
    [Params(1, 4, 81)]
    public int PublicInputs { get; set; }

    /// <summary>Reads the documents and prepares the key.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _sample = Groth16Sample.Create(PublicInputs);
        _key = _sample.Key;
        _proof = _sample.Proof;
        _inputs = _sample.Inputs;
        _batch = [.. Enumerable.Repeat((_proof, _inputs), BatchSize)];
        new Random(1).NextBytes(_randomness);
        if (!Verify() || !VerifyDocuments() || !VerifyBatch())
            throw new InvalidOperationException("The sample is not valid: its figures would mean nothing.");
    }

    /// <summary>Verifies a proof that was read before.</summary>
    [Benchmark(Baseline = true)]
    public bool Verify() => Groth16Verifier.Verify(_key, _proof, _inputs).IsValid;

    /// <summary>Reads the documents and verifies.</summary>
    [Benchmark]
    public bool VerifyDocuments() => _system.Verify(_key, _sample.ProofDocument, _sample.InputsDocument).IsValid;

    /// <summary>Verifies 16 proofs together; the figures are for each.</summary>
    [Benchmark(OperationsPerInvoke = BatchSize)]
    public bool VerifyBatch() => Groth16BatchVerifier.Verify(_key, _batch, _randomness).All(result => result.IsValid);
}
