using System.Collections.Immutable;
using System.Text;
using ProvingMarket.Serialization;

namespace ProvingMarket.Grains.Infrastructure.Journaling;

/// <summary>A head as text, in pieces.</summary>
internal static class HeadText
{
    private static readonly JsonCodec Codec = new(SerializedForm.Compact);

    /// <summary>Cuts a head's text into pieces of at most so many bytes; one piece when it is not longer.</summary>
    public static ImmutableArray<string> Cut<THead>(THead head, int pieceBytes)
    {
        using var text = new PooledBuffer(Array.MaxLength, nameof(Array.MaxLength));
        Codec.Serialize(text, head);
        var pieces = ImmutableArray.CreateBuilder<string>();
        for (var rest = text.Written; rest.Length > 0;)
        {
            var length = Math.Min(pieceBytes, rest.Length);
            // A character of several bytes goes to the next piece as a whole.
            while (length < rest.Length && (rest[length] & 0b1100_0000) == 0b1000_0000) length--;
            pieces.Add(Encoding.UTF8.GetString(rest[..length]));
            rest = rest[length..];
        }
        return pieces.ToImmutable();
    }

    /// <summary>Reads a head from all of its pieces, in their order.</summary>
    public static THead Join<THead>(IEnumerable<string> pieces)
        where THead : class => Codec.Deserialize<THead>(Encoding.UTF8.GetBytes(string.Concat(pieces)))
        ?? throw new InvalidOperationException($"The pieces of a {typeof(THead)} are of none.");
}
