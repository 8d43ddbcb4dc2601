using System.Collections.Immutable;
using ProvingMarket.Grains.Interfaces.Tests.Contracts;
using ProvingMarket.Grains.Interfaces.Tests.Samples;

namespace ProvingMarket.Grains.Interfaces.Tests;

/// <summary>The rules can fail: each catches a contract that breaks it, and only that one.</summary>
public sealed class ContractRulesTests
{
    [Fact]
    public void A_sound_contract_is_accepted_and_followed_everywhere()
    {
        var contract = Contract.OfTypes(typeof(ISound), typeof(ISoundBase), typeof(ISoundObserver));
        Assert.Empty(contract.Check());
        Assert.Equal(
            ["Bytes", "Credits", "SoundKind", "SoundMessage", "SoundValue"],
            contract.Messages.Concat(contract.Enums).Select(type => type.Name).Order());
    }

    [Theory]
    [InlineData(typeof(BrokenMessages.NotSealed), ContractRule.MessageShape, "it is not sealed")]
    [InlineData(typeof(BrokenMessages.NotARecord), ContractRule.MessageShape, "it is a class and not a record")]
    [InlineData(typeof(BrokenMessages.Derived), ContractRule.MessageShape, "it derives from Parent")]
    [InlineData(typeof(BrokenMessages.MutableStruct), ContractRule.MessageShape, "it is a struct that is not readonly")]
    [InlineData(typeof(BrokenMessages.Generic<int>), ContractRule.MessageShape, "it is generic")]
    [InlineData(typeof(BrokenMessages.WithoutSerializer), ContractRule.MessageMarks, "[GenerateSerializer] is missing")]
    [InlineData(typeof(BrokenMessages.NotMarkedImmutable), ContractRule.MessageMarks, "[Immutable] is missing")]
    [InlineData(typeof(BrokenMessages.WithoutAlias), ContractRule.AliasForm, "it has 0 aliases instead of one")]
    [InlineData(typeof(BrokenMessages.ForeignAlias), ContractRule.AliasForm, "its alias \"sample\" does not begin with \"pm.\"")]
    [InlineData(typeof(BrokenMessages.TwoAliases), ContractRule.AliasForm, "it has 2 aliases instead of one")]
    [InlineData(typeof(BrokenMessages.OnlyMadeWithArguments), ContractRule.MessageConstructor, "it has no public constructor without parameters")]
    [InlineData(typeof(BrokenMessages.Settable), ContractRule.PropertyInitOnly, "Number can be set after the message was made, or not by everybody; use init")]
    [InlineData(typeof(BrokenMessages.PrivatelySettable), ContractRule.PropertyInitOnly, "Number can be set after the message was made, or not by everybody; use init")]
    [InlineData(typeof(BrokenMessages.GetOnly), ContractRule.NoFields, "Number has no init accessor: only a constructor can set it")]
    [InlineData(typeof(BrokenMessages.PublicField), ContractRule.NoFields, "field Number; use an init-only property")]
    [InlineData(typeof(BrokenMessages.PrivateField), ContractRule.NoFields, "field _number; use an init-only property")]
    [InlineData(typeof(BrokenMessages.StaticField), ContractRule.NoFields, "static field Shared can be changed")]
    [InlineData(typeof(BrokenMessages.WrapperOfItsOwn), ContractRule.NoFields, "field _content; use an init-only property")]
    [InlineData(typeof(BrokenMessages.WithoutId), ContractRule.IdMissing, "Other has no [Id]")]
    [InlineData(typeof(BrokenMessages.IdTwice), ContractRule.IdSequence, "id 0 is given 2 times")]
    [InlineData(typeof(BrokenMessages.IdLeftOut), ContractRule.IdSequence, "id 1 is missing: the ids are 0, 2")]
    [InlineData(typeof(BrokenMessages.IdNotFromZero), ContractRule.IdSequence, "id 0 is missing: the ids are 1")]
    public void A_broken_message_is_caught(Type type, ContractRule rule, string detail) => Catches([.. MessageRules.Check(type)], type, rule, detail);

    [Fact]
    public void A_property_that_not_everybody_can_read_or_set_is_caught() => Assert.Equal(
        ["Number can be set after the message was made, or not by everybody; use init", "Number cannot be read by everybody"],
        MessageRules.Check(typeof(BrokenMessages.Unreadable)).Select(violation => violation.Detail).Order());

    [Theory]
    [InlineData(typeof(int[]))]
    [InlineData(typeof(List<int>))]
    [InlineData(typeof(Dictionary<string, int>))]
    [InlineData(typeof(IReadOnlyList<int>))]
    [InlineData(typeof(IEnumerable<int>))]
    [InlineData(typeof(IReadOnlyDictionary<string, int>))]
    [InlineData(typeof(ReadOnlyMemory<byte>))]
    [InlineData(typeof(object))]
    [InlineData(typeof(DateTime))]
    [InlineData(typeof(Uri))]
    [InlineData(typeof(Func<int>))]
    [InlineData(typeof(Task))]
    [InlineData(typeof(IDisposable))]
    [InlineData(typeof(CancellationToken))]
    [InlineData(typeof(Exception))]
    [InlineData(typeof((int A, int B)))]
    [InlineData(typeof(ImmutableArray<int[]>))]
    [InlineData(typeof(ImmutableSortedDictionary<string, List<int>>))]
    [InlineData(typeof(ImmutableArray<BrokenMessages.LongEnum>))]
    public void What_can_change_or_cannot_travel_is_caught_inside_a_message(Type content)
    {
        var type = typeof(BrokenMessages.Holding<>).MakeGenericType(content);
        var violation = Assert.Single(MessageRules.Check(type), violation => violation.Rule == ContractRule.MemberType);
        Assert.StartsWith("Content: ", violation.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(BrokenInterfaces.IWithoutAlias), ContractRule.AliasForm, "it has 0 aliases instead of one")]
    [InlineData(typeof(BrokenInterfaces.IForeignAlias), ContractRule.AliasForm, "its alias \"sample\" does not begin with \"pm.\"")]
    [InlineData(typeof(BrokenInterfaces.IWithoutKey), ContractRule.InterfaceKey, "it has 0 kinds of key: ")]
    [InlineData(typeof(BrokenInterfaces.ITwoKeys), ContractRule.InterfaceKey, "it has 2 kinds of key: IGrainWithStringKey, IGrainWithIntegerKey")]
    [InlineData(typeof(BrokenInterfaces.IObserverAndGrain), ContractRule.InterfaceKey, "it is an observer and a grain")]
    [InlineData(typeof(BrokenInterfaces.IGeneric<int>), ContractRule.InterfaceShape, "it is generic")]
    [InlineData(typeof(BrokenInterfaces.INotPublic), ContractRule.InterfaceShape, "it is not public")]
    [InlineData(typeof(BrokenInterfaces.IWithProperty), ContractRule.InterfaceShape, "it has a property Number")]
    [InlineData(typeof(BrokenInterfaces.IWithEvent), ContractRule.InterfaceShape, "it has an event Happened")]
    [InlineData(typeof(BrokenInterfaces.IImplementsItself), ContractRule.InterfaceShape, "it implements AskAsync itself")]
    [InlineData(typeof(BrokenInterfaces.IStaticMethod), ContractRule.InterfaceShape, "it implements MakeAsync itself")]
    [InlineData(typeof(BrokenInterfaces.IMethodWithoutAlias), ContractRule.MethodAlias, "AskAsync has not exactly one [Alias]")]
    [InlineData(typeof(BrokenInterfaces.IMethodAliasTwice), ContractRule.AliasUnique, "method alias \"Ask\" is given 2 times, inherited ones included")]
    [InlineData(typeof(BrokenInterfaces.IMethodAliasInherited), ContractRule.AliasUnique, "method alias \"Count\" is given 2 times, inherited ones included")]
    [InlineData(typeof(BrokenInterfaces.IOverloads), ContractRule.MethodShape, "AskAsync exists 2 times, inherited ones included")]
    [InlineData(typeof(BrokenInterfaces.IOverloadsInherited), ContractRule.MethodShape, "CountAsync exists 2 times, inherited ones included")]
    [InlineData(typeof(BrokenInterfaces.IGenericMethod), ContractRule.MethodShape, "AskAsync is generic")]
    [InlineData(typeof(BrokenInterfaces.IReturnsNothing), ContractRule.MethodReturn, "AskAsync returns Void and not a task or an async sequence")]
    [InlineData(typeof(BrokenInterfaces.IReturnsAtOnce), ContractRule.MethodReturn, "AskAsync returns int and not a task or an async sequence")]
    [InlineData(typeof(BrokenInterfaces.IReturnsAList), ContractRule.MethodReturn, "AskAsync returns List<int> is not immutable, or not known to travel")]
    [InlineData(typeof(BrokenInterfaces.INotNamedAsync), ContractRule.MethodReturn, "Ask does not end with Async")]
    [InlineData(typeof(BrokenInterfaces.IByReference), ContractRule.MethodParameter, "AskAsync(number) is passed by reference")]
    [InlineData(typeof(BrokenInterfaces.IOutParameter), ContractRule.MethodParameter, "AskAsync(number) is passed by reference")]
    [InlineData(typeof(BrokenInterfaces.ITokenFirst), ContractRule.MethodParameter, "AskAsync(cancellationToken) is a cancellation token that is not last")]
    [InlineData(typeof(BrokenInterfaces.ITakesAnArray), ContractRule.MethodParameter, "AskAsync(content): byte[] is not immutable, or not known to travel")]
    [InlineData(typeof(BrokenInterfaces.ITakesAFunction), ContractRule.MethodParameter, "AskAsync(function): Func<int> is not immutable, or not known to travel")]
    [InlineData(typeof(BrokenInterfaces.IOneWay), ContractRule.MethodOneWay, "AskAsync is [OneWay]: its caller never learns that it was lost")]
    [InlineData(typeof(BrokenInterfaces.IObserverThatReturnsNothing), ContractRule.MethodReturn, "ToldAsync returns Void and not a task or an async sequence")]
    public void A_broken_interface_is_caught(Type type, ContractRule rule, string detail) => Catches([.. InterfaceRules.Check(type)], type, rule, detail);

    [Fact]
    public void Messages_are_found_through_interfaces_and_other_messages()
    {
        var unmarked = Contract.OfTypes(typeof(BrokenInterfaces.ITakesAnUnmarkedMessage)).Check();
        Assert.All(unmarked, violation => Assert.Equal(typeof(BrokenInterfaces.Unmarked), violation.Type));
        Assert.Equal(
            [ContractRule.MessageMarks, ContractRule.MessageMarks, ContractRule.AliasForm, ContractRule.IdMissing], unmarked.Select(violation => violation.Rule));

        var inner = Contract.OfTypes(typeof(BrokenMessages.ReachesABrokenOne)).Check();
        Catches(inner, typeof(BrokenMessages.Settable), ContractRule.PropertyInitOnly, "Number can be set after the message was made, or not by everybody; use init");
    }

    [Fact]
    public void Types_that_share_an_alias_are_caught()
    {
        var violations = Contract.OfTypes(typeof(BrokenMessages.SharesAnAlias)).Check();
        Assert.Equal([typeof(BrokenMessages.SharesAnAlias), typeof(SoundMessage)], violations.Select(violation => violation.Type));
        Assert.All(violations, violation =>
        {
            Assert.Equal(ContractRule.AliasUnique, violation.Rule);
            Assert.Equal("alias \"pm.sample.SoundMessage\" is shared by SharesAnAlias, SoundMessage", violation.Detail);
        });
    }

    [Fact]
    public void Every_rule_is_shown_to_fail()
    {
        var samples = typeof(BrokenMessages).GetNestedTypes().Concat(typeof(BrokenInterfaces).GetNestedTypes())
            .Where(type => !type.IsEnum && type != typeof(BrokenMessages.Parent) && !type.IsGenericTypeDefinition).ToArray();
        var caught = samples.SelectMany(type => type.IsInterface ? InterfaceRules.Check(type) : MessageRules.Check(type))
            .Concat(MessageRules.Check(typeof(BrokenMessages.Holding<int[]>))).Select(violation => violation.Rule);
        Assert.Empty(Enum.GetValues<ContractRule>().Except(caught));
    }

    private static void Catches(IReadOnlyList<Violation> violations, Type type, ContractRule rule, string detail)
    {
        var violation = Assert.Single(violations);
        Assert.Equal(new Violation(type, rule, detail), violation);
        Assert.Equal($"{type.FullName} breaks {rule}: {detail}", violation.ToString());
    }
}
