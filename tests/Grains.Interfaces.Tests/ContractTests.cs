using System.Reflection;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Accounts;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Accounts;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Interfaces.Tests.Contracts;

namespace ProvingMarket.Grains.Interfaces.Tests;

/// <summary>The market's own contracts keep the rules.</summary>
public sealed class ContractTests
{
    internal static readonly Contract Market = Contract.Of(
        typeof(Bytes).Assembly, typeof(IAccountGrain).Assembly, Assembly.Load("ProvingMarket.Grains"));

    [Fact]
    public void Every_message_and_every_interface_keeps_the_rules()
    {
        var violations = Market.Check().Where(violation => violation.Rule != ContractRule.MethodOneWay).ToArray();
        Assert.True(violations.Length == 0, string.Join(Environment.NewLine, violations));
    }

    /// <summary>What these say may be lost: the one who is told, or the one who tells, finds out in another way.</summary>
    [Fact]
    public void Only_hints_are_not_answered() => Assert.Equal(
        ["IProverForRuns.StopWorkAsync", "IRequestForMarket.HearAsync", "ITaskRegistryGrain.WithdrawAsync"],
        Market.Check().Where(violation => violation.Rule == ContractRule.MethodOneWay).Select(violation => $"{violation.Type.Name}.{violation.Detail.Split(' ')[0]}").Order(StringComparer.Ordinal));

    [Fact]
    public void The_contract_is_all_there()
    {
        // A checker that finds nothing to check is content with everything.
        Assert.Empty(new[] { typeof(IAccountGrain), typeof(IMechanismRunGrain), typeof(IRunForWorkers), typeof(IProverObserver) }.Except(Market.Interfaces));
        Assert.Empty(
            new[] { typeof(Bytes), typeof(Credits), typeof(Refusal), typeof(ProofRequestSpec), typeof(AccountState), typeof(Invitation) }.Except(Market.Messages));
        Assert.Empty(new[] { typeof(ReasonCode), typeof(RequestPhase), typeof(EntryKind) }.Except(Market.Enums));
        Assert.Contains(Market.Messages, type => type.Assembly.GetName().Name == "ProvingMarket.Grains");
    }
}
