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
    private (Groth16Proof Proof, PublicInputs Inputs)[] _one = [];
    private (Groth16Proof Proof, PublicInputs Inputs)[] _batch = [];
    private (Groth16Proof Proof, PublicInputs Inputs)[] _oneWrong = [];
    private (Groth16Proof Proof, PublicInputs Inputs)[] _allWrong = [];

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
        var wrong = (new Groth16Proof(-_proof.A, _proof.B, _proof.C), _inputs);
        _one = [(_proof, _inputs)];
        _batch = [.. Enumerable.Repeat((_proof, _inputs), BatchSize)];
        _oneWrong = [.. _batch[1..], wrong];
        _allWrong = [.. Enumerable.Repeat(wrong, BatchSize)];
        new Random(1).NextBytes(_randomness);
        if (!Verify() || !VerifyDocuments() || VerifyBatchOfOne() != 1 || VerifyBatch() != BatchSize || VerifyBatchWithOneWrong() != BatchSize - 1 || VerifyBatchOfWrong() != 0)
            throw new InvalidOperationException("The sample is not valid: its figures would mean nothing.");
    }

    /// <summary>Verifies a proof that was read before.</summary>
    [Benchmark(Baseline = true)]
    public bool Verify() => Groth16Verifier.Verify(_key, _proof, _inputs).IsValid;

    /// <summary>Reads the documents and verifies.</summary>
    [Benchmark]
    public bool VerifyDocuments() => _system.Verify(_key, _sample.ProofDocument, _sample.InputsDocument).IsValid;

    /// <summary>Verifies a batch of one.</summary>
    [Benchmark]
    public int VerifyBatchOfOne() => CountValid(_one);

    /// <summary>Verifies 16 proofs together; the figures are for each.</summary>
    [Benchmark(OperationsPerInvoke = BatchSize)]
    public int VerifyBatch() => CountValid(_batch);

    /// <summary>The same with a wrong proof among them.</summary>
    [Benchmark(OperationsPerInvoke = BatchSize)]
    public int VerifyBatchWithOneWrong() => CountValid(_oneWrong);

    /// <summary>The same with nothing but wrong proofs.</summary>
    [Benchmark(OperationsPerInvoke = BatchSize)]
    public int VerifyBatchOfWrong() => CountValid(_allWrong);

    private int CountValid((Groth16Proof Proof, PublicInputs Inputs)[] proofs) =>
        Groth16BatchVerifier.Verify(_key, proofs, _randomness).Count(result => result.IsValid);
}
