using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Grains.Programs;
using ProvingMarket.Proofs;
using ProvingMarket.TestKit.Proving;

namespace ProvingMarket.Grains.Tests.Programs;

public sealed class KnownProgramsTests
{
    private const long MiB = 1024 * 1024;
    private const long Bound = 256 * MiB;
    private const int MostPrograms = 1024;

    private readonly KnownPrograms _programs = new(ProofSystems.Default);

    [Fact]
    public void Large_keys_are_kept_within_a_bound_of_bytes_and_the_one_just_added_is_always_there()
    {
        for (var i = 0; i < 500; i++)
        {
            var program = Program($"{i}", 5 * MiB);
            _programs.Add(program);
            Assert.Same(program, _programs.Find($"{i}"));
        }
        var kept = Enumerable.Range(0, 500).Where(i => _programs.Find($"{i}") is not null).ToArray();
        Assert.Equal(Enumerable.Range(500 - 51, 51), kept);
        Assert.InRange(kept.Length * 5 * MiB, Bound - (5 * MiB), Bound);
    }

    [Fact]
    public void Small_keys_are_kept_within_a_bound_of_programs()
    {
        for (var i = 0; i < 3 * MostPrograms; i++) _programs.Add(Program($"{i}", 1));
        Assert.Equal(Enumerable.Range(2 * MostPrograms, MostPrograms), Enumerable.Range(0, 3 * MostPrograms).Where(i => _programs.Find($"{i}") is not null));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5 * MiB)]
    public void A_key_in_steady_use_stays_whatever_comes_and_goes(long bytes)
    {
        var steady = Program("steady", bytes);
        _programs.Add(steady);
        for (var i = 0; i < 3 * MostPrograms; i++)
        {
            _programs.Add(Program($"{i}", bytes));
            Assert.Same(steady, _programs.Find("steady"));
        }
    }

    [Fact]
    public void One_that_is_larger_than_the_bound_is_kept_alone()
    {
        _programs.Add(Program("small", 1));
        var huge = Program("huge", Bound + 1);
        _programs.Add(huge);
        Assert.Same(huge, _programs.Find("huge"));
        Assert.Null(_programs.Find("small"));
    }

    /// <summary>Two verifiers prepare the same key at the same time.</summary>
    [Fact]
    public void One_that_is_added_again_counts_once()
    {
        var other = Program("other", 5 * MiB);
        _programs.Add(other);
        for (var i = 0; i < 100; i++) _programs.Add(Program("same", 5 * MiB));
        Assert.Same(other, _programs.Find("other"));
    }

    [Fact]
    public void Names_of_files_count_too()
    {
        var artefact = new ProgramArtefact { Role = new string('r', MarketLimits.IdLength), Sha256 = new string('0', 64), Size = 1 };
        var many = Program("many", 1);
        many = many with { Summary = many.Summary with { Artefacts = [.. Enumerable.Repeat(artefact, MarketLimits.ListEntries)] } };
        Assert.InRange(many.ByteCount, MarketLimits.ListEntries * 2L * (MarketLimits.IdLength + 64), 256 * 1024);
    }

    private static KnownProgram Program(string id, long bytes) => new(
        new ProgramSummary { ProgramId = id, ProofSystem = TestProofSystem.SystemName, Name = id, Work = new WorkUnits(1), PublicInputs = 1 },
        new TestProofSystem(),
        new Key(bytes));

    private sealed record Key(long ByteCount) : IPreparedKey
    {
        public string System => TestProofSystem.SystemName;

        public int PublicInputCount => 1;
    }
}
