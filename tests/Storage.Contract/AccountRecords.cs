using Orleans.Storage;

namespace ProvingMarket.Storage.Contract;

/// <summary>Short forms for tests of storages.</summary>
public static class AccountRecords
{
    public static GrainId Grain(string key) => GrainId.Create("account", key);

    /// <summary>Writes a new record.</summary>
    public static async Task<GrainState<Account>> WriteAsync(this IGrainStorage storage, string key, long available)
    {
        var state = new GrainState<Account>(new Account { Available = available });
        await storage.WriteStateAsync("state", Grain(key), state);
        return state;
    }

    /// <summary>Reads a record.</summary>
    public static async Task<GrainState<Account>> ReadAsync(this IGrainStorage storage, string key)
    {
        var state = new GrainState<Account>();
        await storage.ReadStateAsync("state", Grain(key), state);
        return state;
    }
}
