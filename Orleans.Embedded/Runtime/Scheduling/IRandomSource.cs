using System.Security.Cryptography;

namespace Orleans.Runtime.Scheduling;

/// <summary>The engine's only source of randomness; it needs it for identities that must differ from process to process.</summary>
internal interface IRandomSource
{
    /// <summary>Gets 64 random bits.</summary>
    /// <returns>The bits.</returns>
    ulong Next();
}

/// <summary>Randomness of the operating system.</summary>
internal sealed class SystemRandomSource : IRandomSource
{
    /// <inheritdoc/>
    public ulong Next()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return BitConverter.ToUInt64(bytes);
    }
}
