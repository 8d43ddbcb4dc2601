namespace ProvingMarket.Benchmarks.Micro.Storage;

/// <summary>A record of about 500 bytes.</summary>
[GenerateSerializer]
public sealed class SampleRecord
{
    [Id(0)] public string Account { get; set; } = "";

    [Id(1)] public long Revision { get; set; }

    [Id(2)] public long MaxPrice { get; set; }

    [Id(3)] public DateTimeOffset Deadline { get; set; }

    [Id(4)] public Guid Program { get; set; }

    [Id(5)] public byte[] Input { get; set; } = [];

    internal static SampleRecord Create() => new()
    {
        Account = "requester-0001", MaxPrice = 1_000_000, Deadline = DateTimeOffset.UnixEpoch, Program = Guid.Empty, Input = new byte[240],
    };
}
