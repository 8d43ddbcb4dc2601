using System.Text;
using ProvingMarket.Serialization;

namespace Orleans.Embedded.Tests.Storage;

/// <summary>Contents of records, whatever they say.</summary>
internal static class RecordData
{
    internal static PooledBuffer Of(string json = "{}")
    {
        var data = new PooledBuffer(int.MaxValue, "test");
        Encoding.UTF8.GetBytes(json, data);
        return data;
    }
}
