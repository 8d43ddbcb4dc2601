using System.Globalization;
using System.Text;

namespace ProvingMarket.Client.Backends.Processes;

/// <summary>What a process says, made fit for one line of a log: part of it may be what a requester wrote, of any length and with line breaks.</summary>
internal static class PlainLine
{
    /// <summary>The longest line: what is kept of a process's output.</summary>
    private const int Longest = 4096;

    /// <summary>The beginning of a text: white space as single spaces, and a question mark for everything else that is not printed.</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">The most characters.</param>
    public static string Of(string text, int most = Longest)
    {
        var line = new StringBuilder();
        foreach (var rune in text.AsSpan().Trim().EnumerateRunes())
        {
            if (line.Length + rune.Utf16SequenceLength > most) break;
            if (!Rune.IsWhiteSpace(rune)) line.Append(IsPrinted(rune) ? rune.ToString() : "?");
            else if (line is not [.., ' ']) line.Append(' ');
        }
        return line.ToString();
    }

    private static bool IsPrinted(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark);
}
