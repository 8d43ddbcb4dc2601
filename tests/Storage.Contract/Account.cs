namespace ProvingMarket.Storage.Contract;

/// <summary>A state of the tests.</summary>
[GenerateSerializer, Alias("test.Account")]
public sealed class Account
{
    [Id(0)] public long Available { get; set; }

    [Id(1)] public string Note { get; set; } = "";
}
