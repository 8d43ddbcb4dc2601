namespace Orleans.Conformance;

public sealed class CallTests(ConformanceCluster cluster) : IClassFixture<ConformanceCluster>
{
    private ICallGrain Grain(string key) => cluster.Grains.GetGrain<ICallGrain>(key);

    [Fact]
    public async Task Results_of_all_kinds_come_back()
    {
        var grain = Grain("kinds");

        await grain.Nothing();
        await grain.Touch();
        Assert.Equal(7, await grain.Sum(3, 4));
        Assert.Equal(12, await grain.Sum(3, 4L, 5));
        Assert.Equal("ab", await grain.Concat("a", "b"));
        Assert.Equal("a", await grain.Concat("a", null));
        Assert.Equal(1, await grain.Touched());
        Assert.Equal(new Message("x", 5), await grain.Echo(new Message("x", 5)));
    }

    [Fact]
    public async Task Arguments_of_all_kinds_arrive()
    {
        var result = await Grain("arguments").Arrays([1, 2, 3], [new T("t")], (9, "nine"), null);

        Assert.Equal([new T("t"), new T("6/9/nine/")], result);
    }

    [Fact]
    public async Task Methods_of_inherited_interfaces_are_called_through_either()
    {
        Assert.Equal("inherited:x", await Grain("inherited").Inherited("x"));
        Assert.Equal("inherited:y", await ((ICallBase)Grain("inherited")).Inherited("y"));
        Assert.Equal("inherited:z", await Grain("inherited").AsReference<ICallBase>().Inherited("z"));
    }

    [Theory]
    [InlineData(0L, "numbered/0")]
    [InlineData(255L, "numbered/FF")]
    [InlineData(long.MaxValue, "numbered/7FFFFFFFFFFFFFFF")]
    [InlineData(-1L, "numbered/FFFFFFFFFFFFFFFF")]
    public async Task Integer_keys_are_part_of_the_identity(long key, string id)
    {
        var grain = cluster.Grains.GetGrain<INumberedGrain>(key);

        Assert.Equal(key, await grain.Key());
        Assert.Equal(key, grain.GetPrimaryKeyLong());
        Assert.Equal(id, await grain.Id());
    }

    [Fact]
    public void String_keys_and_class_names_make_identities()
    {
        var grain = Grain("Some/Key with ä");

        Assert.Equal("Some/Key with ä", grain.GetPrimaryKeyString());
        Assert.Equal(GrainId.Create("call", "Some/Key with ä"), grain.GetGrainId());
        Assert.Equal(grain.GetGrainId(), GrainId.Parse("call/Some/Key with ä", null));
    }

    [Fact]
    public void References_are_equal_when_they_refer_to_the_same_grain()
    {
        Assert.Equal(Grain("same"), Grain("same"));
        Assert.NotEqual(Grain("same"), Grain("other"));
        Assert.Equal(Grain("same").GetHashCode(), Grain("same").GetHashCode());
        Assert.Equal((object)Grain("same"), Grain("same").AsReference<ICallBase>());
    }

    [Fact]
    public async Task References_travel_and_can_be_called()
    {
        var self = await Grain("traveller").Self();

        Assert.Equal("traveller", self.GetPrimaryKeyString());
        Assert.Equal("traveller:hello", await Grain("another").CallBack(self, "hello"));
        Assert.Equal("traveller:again", await cluster.Grains.GetGrain<ICallGrain>(self.GetGrainId()).Inherited("again"));
        Assert.Equal("traveller:untyped", await cluster.Grains.GetGrain(self.GetGrainId()).AsReference<ICallGrain>().Inherited("untyped"));
    }

    [Fact]
    public async Task Keyed_grains_are_different_grains()
    {
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Grain($"many{i}").Touch().AsTask()));

        var touched = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Grain($"many{i}").Touched()));
        Assert.All(touched, count => Assert.Equal(1, count));
    }

    [Fact]
    public void An_interface_that_no_class_implements_is_refused()
    {
        var refused = Assert.Throws<ArgumentException>(() => cluster.Grains.GetGrain<INobodysGrain>("x"));
        Assert.Contains(nameof(INobodysGrain), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_classes_are_told_apart_by_convention_or_name()
    {
        Assert.Equal("favourite", await cluster.Grains.GetGrain<IFavouriteGrain>("x").Name());
        Assert.Equal("spare", await cluster.Grains.GetGrain<IFavouriteGrain>("x", typeof(SpareGrain).FullName!).Name());
        Assert.Throws<ArgumentException>(() => cluster.Grains.GetGrain<IFavouriteGrain>("x", "Nobody"));
    }

    public interface INobodysGrain : IGrainWithStringKey
    {
        Task Nothing();
    }

    public interface IFavouriteGrain : IGrainWithStringKey
    {
        Task<string> Name();
    }

    public sealed class FavouriteGrain : Grain, IFavouriteGrain
    {
        public Task<string> Name() => Task.FromResult("favourite");
    }

    public sealed class SpareGrain : Grain, IFavouriteGrain
    {
        public Task<string> Name() => Task.FromResult("spare");
    }
}
