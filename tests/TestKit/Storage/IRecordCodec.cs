namespace ProvingMarket.TestKit.Storage;

/// <summary>The engine's serializer: what is loaded has been through it, so a record that loses something on the way is found.</summary>
internal interface IRecordCodec
{
    byte[] Encode<TRecord>(TRecord record);

    TRecord Decode<TRecord>(byte[] bytes);
}
