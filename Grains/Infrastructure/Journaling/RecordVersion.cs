using System.Globalization;

namespace ProvingMarket.Grains.Infrastructure.Journaling;

/// <summary>The version of a stored record. Most storages count versions, and a journal knows those of thousands of pages: what is a number is kept as one, which is less than
/// its text and nothing that the garbage collector has to follow.</summary>
internal readonly record struct RecordVersion
{
    private const long Missing = -1;

    private readonly long _number;
    private readonly string? _text;

    private RecordVersion(long number, string? text) => (_number, _text) = (number, text);

    /// <summary>The version that a record has now.</summary>
    public static RecordVersion Of<T>(IGrainState<T> record) => record.ETag switch
    {
        { } text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && text == TextOf(number) => new RecordVersion(number, null),
        var text => new RecordVersion(Missing, text),
    };

    /// <summary>A record to be written over the one that has this version, as the storage has given it.</summary>
    public GrainState<T> Record<T>()
    {
        var version = _number == Missing ? _text : TextOf(_number);
        return new GrainState<T> { ETag = version, RecordExists = version is not null };
    }

    private static string TextOf(long number) => number.ToString(CultureInfo.InvariantCulture);
}
