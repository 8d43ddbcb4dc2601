using BenchmarkDotNet.Attributes;
using ProvingMarket.Proofs.Bn254.Fields;
using ProvingMarket.Proofs.Groth16;

namespace ProvingMarket.Benchmarks.Micro.Proofs;

/// <summary>Preparing a Groth16 key, and building its tables, which its inputs decide: up to 128 of them have large tables, more have small ones.</summary>
[InProcess]
[WarmupCount(2)]
[IterationCount(10)]
[IterationTime(100)]
[MinColumn]
[MedianColumn]
public class Groth16KeyBenchmarks
{
    private Groth16VerificationKey _key = null!;

    /// <summary>How many public inputs the key takes.</summary>
    [Params(1, 4, 81, 128, 129, 4096)]
    public int PublicInputs { get; set; }

    /// <summary>Reads the key.</summary>
    [GlobalSetup]
    public void Setup() => _key = Groth16Sample.Create(PublicInputs).ParsedKey;

    /// <summary>Prepares a key that was read before.</summary>
    [Benchmark]
    public long PrepareKey() => Prepared().ByteCount;

    /// <summary>Prepares it and sums inputs that are all zero, which is nothing but building the tables.</summary>
    [Benchmark]
    public bool PrepareKeyAndTables()
    {
        var key = Prepared();
        key.SumInputs(new U256[PublicInputs], out var sum);
        return sum.IsInfinity;
    }

    private Groth16PreparedKey Prepared() =>
        _key.Prepare().TryGet(out var prepared, out var refusal) ? prepared : throw new InvalidOperationException(refusal.Message);
}
