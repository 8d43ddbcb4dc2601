using System.Collections.Immutable;
using System.Text.Json;

namespace Orleans.Embedded.Tests.Serialization;

public sealed class FormTests
{
    [Fact]
    public void On_the_wire_members_are_numbered_and_enums_are_numbers()
    {
        Assert.Equal("""{"0":"x","5":[1],"2":3}""", Json.Wire.Write(new Positional("x", [1], 3)));
        Assert.Equal("2", Json.Wire.Write(Colour.Green));
        Assert.Equal("""{"0":"a","1":2}""", Json.Wire.Write(new Implicit("a", 2)));
    }

    [Fact]
    public void In_storage_members_and_enum_values_go_by_name()
    {
        Assert.Equal("""{"Name":"x","Numbers":[1],"Count":3}""", Json.Storage.Write(new Positional("x", [1], 3)));
        Assert.Equal("\"Green\"", Json.Storage.Write(Colour.Green));
        Assert.Equal("""{"Red":1}""", Json.Storage.Write(ImmutableDictionary<Colour, int>.Empty.Add(Colour.Red, 1)));
    }

    [Fact]
    public void In_compact_records_members_are_numbered_and_enum_values_go_by_name()
    {
        Assert.Equal("""{"0":"x","5":[1],"2":3}""", Json.Compact.Write(new Positional("x", [1], 3)));
        Assert.Equal("\"Green\"", Json.Compact.Write(Colour.Green));
        Assert.Equal("""{"sample.circle":{"1.0":5,"0":"c"}}""", Json.Compact.Write<Shape>(new Circle(5) { Label = "c" }));
    }

    [Fact]
    public void In_compact_records_times_of_UTC_are_ticks()
    {
        var time = new DateTimeOffset(2026, 2, 28, 23, 59, 59, TimeSpan.Zero).AddTicks(1);
        Assert.Equal($"{time.Ticks}", Json.Compact.Write(time));
        Assert.Equal("\"2026-02-28T23:59:59.0000001+00:00\"", Json.Storage.Write(time));
        Assert.Equal("\"2026-02-28T23:59:59.0000001+01:00\"", Json.Compact.Write(new DateTimeOffset(time.DateTime, TimeSpan.FromHours(1))));
        foreach (var limit in new[] { DateTimeOffset.MinValue, DateTimeOffset.MaxValue }) Assert.Equal(limit, Json.Storage.Read<DateTimeOffset>(Json.Compact.Write(limit)));
        foreach (var wrong in new[] { "-1", "3155378976000000000", "1.5" }) Assert.Throws<Orleans.Serialization.SerializerException>(() => Json.Compact.Read<DateTimeOffset>(wrong));
    }

    [Fact]
    public void A_subclass_is_named_by_its_alias_and_numbers_its_members_from_zero()
    {
        Assert.Equal("""{"sample.circle":{"1.0":5,"0":"c"}}""", Json.Wire.Write<Shape>(new Circle(5) { Label = "c" }));
        Assert.Equal("""{"sample.circle":{"Radius":5,"Label":"c"}}""", Json.Storage.Write<Shape>(new Circle(5) { Label = "c" }));
    }

    [Fact]
    public void Bytes_are_base64_and_wide_integers_are_text()
    {
        var json = Json.Storage.Write(new Everything { Bytes = [1, 2, 3], Memory = new byte[] { 255 }, Wide = 12, Big = 34 });

        Assert.Contains("\"Bytes\":\"AQID\"", json, StringComparison.Ordinal);
        Assert.Contains("\"Memory\":\"/w==\"", json, StringComparison.Ordinal);
        Assert.Contains("\"Wide\":\"12\",\"Big\":\"34\"", json, StringComparison.Ordinal);
    }

    [Fact]
    public void Members_the_reader_does_not_know_are_skipped() =>
        Assert.Equal(3, Json.Storage.Read<Positional>("""{"Removed":{"deep":[1,{"x":2}]},"Count":3,"Name":"x","AlsoRemoved":null}""")!.Count);

    [Fact]
    public void Members_the_writer_did_not_know_take_their_default()
    {
        var positional = Json.Storage.Read<Positional>("""{"Name":"x"}""")!;
        var everything = Json.Storage.Read<Everything>("{}")!;

        Assert.Equal((42, true), (positional.Count, positional.Numbers is { IsDefault: false, Length: 0 }));
        Assert.Equal("", everything.Text);
        Assert.False(everything.Numbers.IsDefault);
        Assert.Empty(everything.ByName);
        Assert.Null(everything.Sorted);
    }

    [Fact]
    public void What_is_null_zero_or_empty_and_would_be_read_so_is_not_written()
    {
        using var written = JsonDocument.Parse(Json.Storage.Write(new Everything { Text = "x", Numbers = [] }));

        // Numbers with a fraction have more than one zero.
        Assert.Equal(["Text", "Decimal", "Double"], written.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal("{}", Json.Storage.Write(new CounterState()));
    }

    [Fact]
    public void What_a_reader_would_take_for_something_else_is_written_although_it_is_zero()
    {
        Assert.Equal("""{"Name":"x","Count":0}""", Json.Storage.Write(new Positional("x", [], 0)));
        Assert.Equal("""{"Name":"x","Count":42}""", Json.Storage.Write(new Positional("x", [], 42)));
        Assert.Equal(new Box(1, 0), Json.Wire.Read<Shape>(Json.Wire.Write<Shape>(new Box(1, 0))));
        Assert.Null(Json.Storage.Read<Everything>(Json.Storage.Write(new Everything { Text = null! }))!.Text);
    }

    [Theory, MemberData(nameof(RoundTripTests.Forms), MemberType = typeof(RoundTripTests))]
    public void Members_that_begin_with_something_come_back_as_nothing(string form)
    {
        var nothing = new Begun { Numbers = [], Names = ImmutableSortedDictionary<string, int>.Empty, Text = "", Number = 0, Colour = null };
        var back = Json.Codec(form).Read<Begun>(Json.Codec(form).Write(nothing))!;
        Assert.Equal((0, 0, "", 0, null), (back.Numbers.Length, back.Names.Count, back.Text, back.Number, back.Colour));
    }

    [Fact]
    public void A_parameter_with_a_default_keeps_it_in_a_subclass() =>
        Assert.Equal(new Box(1), Json.Wire.Read<Shape>("""{"sample.box":{"1.0":1}}"""));

    [Fact]
    public void A_null_collection_is_read_as_empty_where_null_is_not_declared()
    {
        var value = Json.Storage.Read<Everything>("""{"ByName":null,"Numbers":null,"Sorted":null}""")!;

        Assert.Empty(value.ByName);
        Assert.Empty(value.Numbers);
        Assert.Null(value.Sorted);
    }
}
