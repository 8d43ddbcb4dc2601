using System.Runtime.CompilerServices;

namespace ProvingMarket.Grains.Interfaces.Tests.Contracts;

/// <summary>The contract that was last accepted, a file beside this one, and what to do when the code no longer agrees with it.</summary>
public static class AcceptedContract
{
    /// <summary>Set to <c>additive</c> the tests accept new lines, set to <c>breaking</c> they accept any change, by rewriting the file.</summary>
    public const string Variable = "ACCEPT_WIRE_CONTRACT";

    private const string FileName = "wire-contract.txt";

    public static IReadOnlyList<string> Read() =>
        [.. File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Contracts", FileName)).Where(line => line.Length > 0 && line[0] != '#')];

    /// <summary>What to tell whoever changed the contract; null when it is as accepted, or the change is accepted now.</summary>
    public static string? Judge(IReadOnlyList<string> accepted, IReadOnlyList<string> actual, string? acceptance, Action<IReadOnlyList<string>> accept)
    {
        var (gone, added) = WireContract.Compare(accepted, actual);
        if (gone.Count == 0 && added.Count == 0) return null;
        if (acceptance == "breaking" || (acceptance == "additive" && gone.Count == 0))
        {
            accept(actual);
            return null;
        }
        IEnumerable<string> difference = [.. gone.Select(line => $"- {line}"), .. added.Select(line => $"+ {line}")];
        return string.Join(Environment.NewLine, ["The wire contract has changed:", .. difference, "", gone.Count == 0 ? Additive : Breaking]);
    }

    /// <summary>Writes the file in the source tree.</summary>
    public static void Write(IReadOnlyList<string> lines) => File.WriteAllLines(
        SourcePath(),
        [
            "# Every fact of the contract that another process, another version or a stored record depends on. Written by the tests:",
            $"# see {nameof(AcceptedContract)}. A line may be added; none may be changed or removed once it has been released.",
            .. lines,
        ]);

    private const string Additive =
        $"Nothing that exists has changed. If the addition is intended, run the tests once with {Variable}=additive and commit the file.";

    private const string Breaking =
        $"Removing, renaming or renumbering is refused, also with {Variable}=additive: what was stored or is on its way would be read as something "
        + "else. Keep what exists and give the new member a new number; a member nobody needs stays, with its number, as obsolete. Only while "
        + $"nothing of this contract has been released, {Variable}=breaking accepts it.";

    private static string SourcePath([CallerFilePath] string thisFile = "") => Path.Combine(Path.GetDirectoryName(thisFile)!, FileName);
}
