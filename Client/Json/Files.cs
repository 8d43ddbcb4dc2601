using ProvingMarket.Domain;

namespace ProvingMarket.Client.Json;

/// <summary>Reads whole files that people name, with a refusal instead of an exception.</summary>
internal static class Files
{
    /// <summary>The content of the file at <paramref name="path"/>, or why it cannot be used as <paramref name="expected"/>.</summary>
    public static (Bytes Content, Refusal? Refusal) Read(string path, string expected, long mostBytes)
    {
        if (Directory.Exists(path)) return (default, Refusal.Of(ReasonCode.FieldMissing, path, expected, "a folder"));
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length > mostBytes)
                return (default, Refusal.Of(ReasonCode.FieldTooLarge, path, $"at most {mostBytes} bytes", $"{file.Length} bytes"));
            var content = new byte[file.Length];
            file.ReadExactly(content);
            return (Bytes.CopyOf(content), null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return (default, Refusal.Of(ReasonCode.FieldMissing, path, expected, exception.Message));
        }
    }
}
