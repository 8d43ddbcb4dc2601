using BenchmarkDotNet.Attributes;
using ProvingMarket.Proofs.Bn254.Fields;
using ProvingMarket.Proofs.Bn254.Pairings;
using ProvingMarket.Proofs.Groth16;

namespace ProvingMarket.Benchmarks.Micro.Proofs;

/// <summary>The parts that a Groth16 verification is made of.</summary>
[InProcess]
[WarmupCount(5)]
[IterationCount(20)]
[IterationTime(100)]
[MinColumn]
[MedianColumn]
public class Groth16PartsBenchmarks
{
    private Groth16Proof _proof = null!;
    private PairingTerm[] _terms = [];
    private Fp _fp;
    private Fp2 _fp2;
    private Fp12 _fp12;
    private Fp12 _cyclotomic;

    /// <summary>Takes the operands from a proof.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var sample = Groth16Sample.Create(1);
        var key = sample.Key;
        _proof = sample.Proof;
        _fp = _proof.A.X;
        _fp2 = _proof.B.X;
        var evaluations = new G1Evaluation[3];
        G1Evaluation.Create([new(_proof.A), new(_proof.C), new(key.Alpha)], evaluations);
        G2Lines.TryPrepare(_proof.B, out var lines);
        _terms = [new(evaluations[0], lines!), new(evaluations[1], key.Gamma), new(evaluations[2], key.Delta)];
        MillerLoop.Run(_terms, out _fp12);
        FinalExponentiation.Run(_fp12, out _cyclotomic);
    }

    /// <summary>A product in Fp, each depending on the one before.</summary>
    [Benchmark]
    public void FpMultiply() => Fp.Multiply(_fp, _fp, out _fp);

    /// <summary>A product in Fp2.</summary>
    [Benchmark]
    public void Fp2Multiply() => Fp2.Multiply(_fp2, _fp2, out _fp2);

    /// <summary>A product in Fp12.</summary>
    [Benchmark]
    public void Fp12Multiply() => Fp12.Multiply(_fp12, _cyclotomic, out _fp12);

    /// <summary>A square in the cyclotomic subgroup.</summary>
    [Benchmark]
    public void CyclotomicSquare() => Cyclotomic.Square(_cyclotomic, out _cyclotomic);

    /// <summary>The lines of a point of G2, with its subgroup check.</summary>
    [Benchmark]
    public bool PrepareG2() => G2Lines.TryPrepare(_proof.B, out _);

    /// <summary>The Miller loop over three pairs with their lines at hand.</summary>
    [Benchmark]
    public void MillerLoopOfThree() => MillerLoop.Run(_terms, out _fp12);

    /// <summary>The final exponentiation.</summary>
    [Benchmark]
    public void FinalExponentiationOfOne()
    {
        FinalExponentiation.Run(_fp12, out var result);
        _fp12 = result;
    }
}
