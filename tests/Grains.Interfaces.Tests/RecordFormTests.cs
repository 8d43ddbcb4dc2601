using System.Globalization;
using System.Reflection;
using System.Text;
using ProvingMarket.Grains.Interfaces.Tests.Contracts;
using ProvingMarket.Serialization;

namespace ProvingMarket.Grains.Interfaces.Tests;

/// <summary>Records name members as in the source or by number, and a silo reads what another wrote, whichever it writes itself.</summary>
public sealed class RecordFormTests
{
    private static readonly JsonCodec Names = new(SerializedForm.Storage, references: new NoReferences());
    private static readonly JsonCodec Numbers = new(SerializedForm.Compact, references: new NoReferences());
    private static readonly MethodInfo Check = typeof(RecordFormTests).GetMethod(nameof(CheckMember), BindingFlags.Static | BindingFlags.NonPublic)!;

    [Fact]
    public void Every_member_of_the_contract_is_read_by_its_name_and_by_its_number()
    {
        var members = 0;
        foreach (var type in ContractTests.Market.Messages.Where(InitialValues.IsReadByMembers))
        {
            foreach (var (id, member) in MessageRules.MembersOf(type))
            {
                Check.MakeGenericMethod(type, member.PropertyType).Invoke(null, [member, NumberOf(type, id!.Value)]);
                members++;
            }
        }
        Assert.InRange(members, 500, int.MaxValue);
    }

    private static void CheckMember<TOwner, TMember>(PropertyInfo member, string number)
    {
        var value = SampleOf(typeof(TMember)) is TMember sample ? sample : default;
        foreach (var name in new[] { member.Name, number })
        {
            foreach (var codec in new[] { Names, Numbers })
            {
                var owner = codec.Deserialize<TOwner>(Encoding.UTF8.GetBytes($"{{\"{name}\":{Write(codec, value)}}}"));
                var back = (TMember?)member.GetValue(owner);
                // A collection that is missing is empty.
                Assert.True(value is null || Write(Names, value) == Write(Names, back), $"{typeof(TOwner)}: '{name}' has come back as {Write(Names, back)} instead of {Write(Names, value)}.");
            }
        }
    }

    private static string NumberOf(Type type, uint id)
    {
        var level = 0;
        for (var parent = type.BaseType; parent is not null && parent.IsDefined(typeof(GenerateSerializerAttribute), inherit: false); parent = parent.BaseType) level++;
        return level == 0 ? id.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{level}.{id}");
    }

    /// <summary>Another value than the one a member begins with, where that is simple.</summary>
    private static object? SampleOf(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) return SampleOf(inner);
        if (type.IsEnum) return Enum.GetValues(type).GetValue(Enum.GetValues(type).Length - 1);
        if (type == typeof(string)) return "text";
        if (type == typeof(bool)) return true;
        if (type == typeof(DateTimeOffset)) return new DateTimeOffset(2026, 2, 28, 23, 59, 59, TimeSpan.Zero);
        if (type == typeof(TimeSpan)) return TimeSpan.FromSeconds(77);
        if (type.IsPrimitive || type == typeof(decimal)) return Convert.ChangeType(77, type, CultureInfo.InvariantCulture);
        return WireTypes.IsMessage(type) && InitialValues.IsReadByMembers(type) ? InitialValues.Of(type) : null;
    }

    private static string Write<T>(JsonCodec codec, T? value)
    {
        using var text = codec.Serialize(value, codec.Limits.MaxBytes, nameof(codec.Limits.MaxBytes));
        return Encoding.UTF8.GetString(text.Written);
    }
}
