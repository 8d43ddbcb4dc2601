namespace Orleans.Runtime.Storage;

/// <summary>Turns the content of records into bytes and back.</summary>
internal interface IGrainStateSerializer
{
    /// <summary>Writes a content.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="content">The content.</param>
    /// <returns>The bytes.</returns>
    byte[] Serialize<T>(T? content);

    /// <summary>Reads a content.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="bytes">The bytes.</param>
    /// <returns>The content.</returns>
    T? Deserialize<T>(ReadOnlySpan<byte> bytes);
}
