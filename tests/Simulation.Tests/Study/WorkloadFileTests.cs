using Orleans.Simulation;
using ProvingMarket.Simulation.Study.Demand;

namespace ProvingMarket.Simulation.Tests.Study;

public sealed class WorkloadFileTests
{
    private const string Blocks = "block,gas,reth_ms,sp1_cycles\r\n1,31,20720,562\r\n2,28,20221,542\r\n3,24,18316,506\r\n";
    private const string Customers = "tier,mcycles_min,mcycles_max\nstandard,100,2000\nlarge,,\nstandard,200,200\n";

    [Theory]
    [InlineData(Blocks, null, "f.csv, sp1_cycles: 3 sizes")]
    [InlineData(Blocks, "reth_ms", "f.csv, reth_ms: 3 sizes")]
    [InlineData(Customers, null, "f.csv, mcycles_min..mcycles_max: 2 sizes")]
    [InlineData(Customers, "mcycles_min", "f.csv, mcycles_min: 2 sizes")]
    [InlineData("\uFEFFsize\n1\n\n2.5e3\n", null, "f.csv, size: 2 sizes")]
    public void Sizes_are_read_from_the_column(string text, string? column, string description)
    {
        var (sizes, problem) = WorkloadFile.Read("f.csv", text, column);
        Assert.Null(problem);
        Assert.Equal(description, sizes!.Description);
    }

    [Theory]
    [InlineData(Blocks, "cycles", "line 1: cycles: there is no such column; the file has block, gas, reth_ms, sp1_cycles")]
    [InlineData("a,b\n1,2\n", null, "line 1: no column is named and none of size, sp1_cycles, mcycles_min..mcycles_max is there; the file has a, b")]
    [InlineData("size\n1\nmany\n", null, "line 3: size: must be a number above 0 and at most 1e18, was 'many'")]
    [InlineData("size\n-1\n", null, "line 2: size: must be a number above 0 and at most 1e18, was '-1'")]
    [InlineData("size\nNaN\n", null, "line 2: size: must be a number above 0 and at most 1e18, was 'NaN'")]
    [InlineData("size\n1e300\n", null, "line 2: size: must be a number above 0 and at most 1e18, was '1e300'")]
    [InlineData("size,x\n1\n", null, "line 2: must have 2 cells, as the header, had 1")]
    [InlineData("mcycles_min,mcycles_max\n5,\n", null, "line 2: mcycles_max: must be a number above 0 and at most 1e18, was ''")]
    [InlineData("mcycles_min,mcycles_max\n5,4\n", null, "line 2: mcycles_max: must be at least mcycles_min, 5; was 4")]
    [InlineData("size\n\n", null, "size: there is no size in it")]
    [InlineData("", null, "line 1: no column is named and none of size, sp1_cycles, mcycles_min..mcycles_max is there; the file has ")]
    public void What_cannot_be_read_is_refused_with_line_and_field(string text, string? column, string complaint)
    {
        var (sizes, problem) = WorkloadFile.Read("f.csv", text, column);
        Assert.Null(sizes);
        Assert.Equal(complaint, problem!.ToString());
    }

    [Fact]
    public void A_file_gives_the_shape_and_the_median_is_always_the_same()
    {
        var (sizes, _) = WorkloadFile.Read("f.csv", "size\n10\n20\n80\n", null);
        var random = new SimulatedRandom(1, "sizes");
        var drawn = Enumerable.Range(0, 300).Select(_ => sizes!.Draw(random)).ToArray();
        Assert.Equal([JobSizes.Median / 2, JobSizes.Median, JobSizes.Median * 4], drawn.Distinct().Order().Select(size => Math.Round(size, 6)));
    }

    [Fact]
    public void A_range_is_drawn_from_between_its_ends()
    {
        var (sizes, _) = WorkloadFile.Read("f.csv", "mcycles_min,mcycles_max\n10,1000\n", null);
        var random = new SimulatedRandom(1, "sizes");
        var drawn = Enumerable.Range(0, 500).Select(_ => sizes!.Draw(random)).ToArray();
        Assert.InRange(drawn.Min(), JobSizes.Median / 10, JobSizes.Median / 8);
        Assert.InRange(drawn.Max(), JobSizes.Median * 8, JobSizes.Median * 10);
        Assert.InRange(drawn.Order().ElementAt(250), JobSizes.Median / 1.4, JobSizes.Median * 1.4);
    }
}
