using System.Collections.Immutable;
using System.Numerics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ProvingMarket.Serialization;

namespace Orleans.Embedded.Tests.Serialization;

public sealed class RoundTripTests
{
    public static TheoryData<string> Forms => [.. Enum.GetNames<SerializedForm>()];

    /// <summary>How it is written, and as what it is read.</summary>
    public static TheoryData<string, string> FormsRead => new()
    {
        { nameof(SerializedForm.Wire), nameof(SerializedForm.Wire) },
        { nameof(SerializedForm.Storage), nameof(SerializedForm.Storage) },
        { nameof(SerializedForm.Storage), nameof(SerializedForm.Compact) },
        { nameof(SerializedForm.Compact), nameof(SerializedForm.Compact) },
        { nameof(SerializedForm.Compact), nameof(SerializedForm.Storage) },
    };

    [Theory, MemberData(nameof(FormsRead))]
    public void Every_supported_type_comes_back_as_it_was(string form, string readAs)
    {
        var value = new Everything
        {
            Text = "a \"quoted\" text — ‮ with 🙂\0",
            Long = long.MinValue,
            Decimal = 79228162514264337593543950335m,
            Duration = TimeSpan.FromTicks(-123456789),
            Time = new DateTimeOffset(2026, 2, 28, 23, 59, 59, 999, TimeSpan.FromHours(-5)).AddTicks(1),
            Guid = Guid.Parse("6f9619ff-8b86-d011-b42d-00cf4fc964ff"),
            Wide = UInt128.MaxValue,
            Big = BigInteger.Pow(7, 300) * -1,
            Colour = Colour.Green,
            MaybeColour = Colour.Red,
            MaybeNumber = 0,
            Numbers = [1, 2, 3],
            Bytes = [0, 255, 128],
            Memory = new byte[] { 9, 8 },
            ByName = ImmutableDictionary<string, long>.Empty.Add("a.b", long.MaxValue).Add("", -1),
            ByKey = ImmutableDictionary<Key, Colour>.Empty.Add(new("k", 1), Colour.Red).Add(new("k", 2), Colour.None),
            Sorted = null,
            Key = new("n", -4),
            Shape = new Box(3) { Label = "b" },
            Double = double.NegativeInfinity,
            Pair = (4, "four"),
            Shapes = [new Circle(1), new Box(2, 3)],
        };

        var back = Json.Codec(readAs).Read<Everything>(Json.Codec(form).Write(value))!;

        Assert.Equal(value.Numbers.AsEnumerable(), back.Numbers);
        Assert.Equal(value.Bytes.AsEnumerable(), back.Bytes);
        Assert.Equal(value.Memory.ToArray(), back.Memory.ToArray());
        Assert.Equal(value.ByName, back.ByName);
        Assert.Equal(value.ByKey, back.ByKey);
        Assert.Equal(value.Shapes.AsEnumerable(), back.Shapes);
        Assert.Equal(value, back with
        {
            Numbers = value.Numbers, Bytes = value.Bytes, Memory = value.Memory, ByName = value.ByName, ByKey = value.ByKey, Shapes = value.Shapes,
        });
    }

    /// <summary>Whatever sets a member: a constructor, an accessor, or one that is not public; and what a constructor would set otherwise.</summary>
    [Theory, MemberData(nameof(FormsRead))]
    public void Members_come_back_however_they_are_set(string form, string readAs)
    {
        var (written, read) = (Json.Codec(form), Json.Codec(readAs));

        var positional = read.Read<Positional>(written.Write(new Positional("x", [1], 0)))!;
        Assert.Equal(("x", 1, 0), (positional.Name, positional.Numbers.Single(), positional.Count));
        Assert.Equal(new Implicit("a", 2), read.Read<Implicit>(written.Write(new Implicit("a", 2))));
        Assert.Equal(new Box(1, 0), read.Read<Shape>(written.Write<Shape>(new Box(1, 0))));
        Assert.Equal(new Key("k", 9), read.Read<Key>(written.Write(new Key("k", 9))));
        Assert.Equal(new Node(new Node(null, 2), 1), read.Read<Node>(written.Write(new Node(new Node(null, 2), 1))));
        Assert.Equal("ada", read.Read<CounterState>(written.Write(new CounterState().OwnedBy("ada")))!.Owner);
        Assert.Equal(5, read.Read<Fixed>(written.Write(new Fixed(5)))!.Value);
        Assert.Equal(0, read.Read<Begun>(written.Write(new Begun { Number = 0 }))!.Number);
    }

    [Fact]
    public void A_type_that_refuses_to_be_nothing_is_read_in_its_own_form_only()
    {
        Assert.Equal(3, Json.Compact.Read<Positive>(Json.Compact.Write(new Positive(3)))!.Value);
        Assert.Throws<Orleans.Serialization.SerializerException>(() => Json.Compact.Read<Positive>(Json.Storage.Write(new Positive(3))));
        Assert.Throws<Orleans.Serialization.SerializerException>(() => Json.Storage.Read<Positive>(Json.Compact.Write(new Positive(3))));
    }

    /// <summary>The order and the equality of names must not depend on the process that reads them.</summary>
    [Theory, MemberData(nameof(Forms))]
    public void Sorted_names_come_back_with_the_comparison_of_code_units(string form)
    {
        var codec = Json.Codec(form);
        var map = ImmutableSortedDictionary.Create<string, string?>(StringComparer.Ordinal).Add("b", "one").Add("a-b", null).Add("B", "two");
        var names = map.Keys.ToImmutableSortedSet(StringComparer.Ordinal);

        var mapBack = codec.Read<ImmutableSortedDictionary<string, string?>>(codec.Write(map))!;
        var namesBack = codec.Read<ImmutableSortedSet<string>>(codec.Write(names))!;
        Assert.Equal(map, mapBack);
        Assert.Equal(["B", "a-b", "b"], mapBack.Keys);
        Assert.Equal(["B", "a-b", "b"], namesBack);
        Assert.Equal(((object)StringComparer.Ordinal, (object)StringComparer.Ordinal), (mapBack.KeyComparer, namesBack.KeyComparer));
        Assert.Same(StringComparer.Ordinal, codec.Read<ImmutableSortedDictionary<string, int>>("{}")!.KeyComparer);
    }

    [Theory, MemberData(nameof(Forms))]
    public void A_default_array_comes_back_empty(string form)
    {
        var back = Json.Codec(form).Read<Everything>(Json.Codec(form).Write(new Everything()))!;

        Assert.Equal([false, false, false], new[] { back.Numbers.IsDefault, back.Bytes.IsDefault, back.Shapes.IsDefault });
        Assert.Empty(back.Numbers);
        Assert.Empty(back.Bytes);
    }

    [Theory, MemberData(nameof(Forms))]
    public void A_setter_that_is_not_public_is_used_and_computed_members_are_not_written(string form)
    {
        var json = Json.Codec(form).Write(new CounterState { Value = 21 }.OwnedBy("ada"));
        var back = Json.Codec(form).Read<CounterState>(json)!;

        Assert.Equal((21, "ada"), (back.Value, back.Owner));
        Assert.DoesNotContain("42", json, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Forms))]
    public void Any_text_number_and_bytes_come_back(string form)
    {
        // Text that is no valid UTF-16 cannot be: it is read back with replacement characters.
        var codec = Json.Codec(form);
        Prop.ForAll<(string? Text, long Number, byte[]? Bytes, decimal Amount)>(sample =>
        {
            var (text, number, bytes, amount) = sample;
            var valid = text is null ? "" : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
            var value = new Everything { Text = valid, Long = number, Bytes = [.. bytes ?? []], Decimal = amount };
            var back = codec.Read<Everything>(codec.Write(value))!;
            return back.Text == value.Text && back.Long == number && back.Decimal == amount && back.Bytes.SequenceEqual(value.Bytes);
        }).QuickCheckThrowOnFailure();
    }

    [Theory, MemberData(nameof(Forms))]
    public void Values_of_simple_declared_types_stand_alone(string form)
    {
        var codec = Json.Codec(form);

        Assert.Equal(7, codec.Read<int>(codec.Write(7)));
        Assert.Null(codec.Read<string>(codec.Write<string>(null)));
        Assert.Equal([new Key("a", 1)], codec.Read<ImmutableArray<Key>>(codec.Write(ImmutableArray.Create(new Key("a", 1)))).AsEnumerable());
        Assert.Empty(codec.Read<ImmutableArray<Key>>(codec.Write(default(ImmutableArray<Key>))));
        Assert.Equal(new Circle(3), codec.Read<Shape>(codec.Write<Shape>(new Circle(3))));
    }
}
