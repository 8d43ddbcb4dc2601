using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Accounts;

namespace ProvingMarket.Cli.Ledger;

/// <summary>One movement in a ledger file. Amounts are credits, as decimals in text.</summary>
internal sealed record LedgerLine
{
    public required string Account { get; init; }

    /// <summary>Counts the account's entries from 1.</summary>
    public required long Number { get; init; }

    public required string Entry { get; init; }

    public required EntryKind Kind { get; init; }

    public required string Amount { get; init; }

    public required string Released { get; init; }

    public required string Counterparty { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>What could be spent after it.</summary>
    public required string Available { get; init; }

    /// <summary>What was held after it.</summary>
    public required string Held { get; init; }
}

/// <summary>The last line: what everything adds up to, and the digest of all lines before it.</summary>
internal sealed record LedgerTotals
{
    public required long Accounts { get; init; }

    public required long Entries { get; init; }

    public required string Available { get; init; }

    public required string Held { get; init; }

    /// <summary>Deposits less withdrawals. What is neither available nor held of it is staked, or on its way in a settlement.</summary>
    public required string FromOutside { get; init; }

    public required string Sha256 { get; init; }
}

/// <summary>A ledger file is damaged, or does not add up.</summary>
internal sealed class LedgerException(string message) : Exception(message);

/// <summary>Writes and re-adds ledger files: JSON lines, one an entry, account by account.</summary>
internal static class LedgerFile
{
    private const string Header = """{"format":"proving-market ledger","version":1}""";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter() },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes the ledgers of accounts.</summary>
    /// <exception cref="LedgerException">One does not add up.</exception>
    public static async Task<LedgerTotals> WriteAsync(TextWriter output, IEnumerable<KeyValuePair<string, IEnumerable<LedgerEntry>>> ledgers)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var sums = new Sums();
        await WriteLineAsync(Header);
        foreach (var (account, entries) in ledgers)
        {
            var count = new LedgerCount();
            foreach (var entry in entries)
            {
                if (count.Add(entry) is { } wrong) throw new LedgerException($"Account {account}: {wrong}.");
                await WriteLineAsync(JsonSerializer.Serialize(Line(account, entry, count), Json));
            }
            sums.Add(count);
        }
        var totals = sums.Totals(hash);
        await output.WriteAsync(JsonSerializer.Serialize(totals, Json) + "\n");
        return totals;

        async Task WriteLineAsync(string line)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(line + "\n"));
            await output.WriteAsync(line + "\n");
        }
    }

    /// <summary>Adds a file up again.</summary>
    /// <exception cref="LedgerException">A line is not what the lines before it, or the digest, say.</exception>
    public static async Task<LedgerTotals> VerifyAsync(TextReader input)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (sums, count, account, number) = (new Sums(), (LedgerCount?)null, "", 1L);
        var line = await input.ReadLineAsync();
        if (line != Header) throw new LedgerException($"Line 1 is not the header {Header}.");
        while (true)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(line + "\n"));
            line = await input.ReadLineAsync() ?? throw new LedgerException($"The file ends after line {number}, without its totals: it was cut off.");
            number++;
            if (input.Peek() < 0) break;
            var read = Read<LedgerLine>(line, number);
            if (count is null || read.Account != account)
            {
                if (string.CompareOrdinal(read.Account, account) <= 0) throw new LedgerException($"Line {number}: account {read.Account} comes after {account}.");
                if (count is not null) sums.Add(count);
                (count, account) = (new LedgerCount(), read.Account);
            }
            var entry = EntryOf(read, number);
            if (count.Add(entry) is { } wrong) throw new LedgerException($"Line {number}: account {account}: {wrong}.");
            var expected = Line(account, entry, count);
            if (read != expected)
                throw new LedgerException($"Line {number}: account {account} has {expected.Available} available and {expected.Held} held after entry {expected.Number}, the file says {read.Available} and {read.Held} after {read.Number}.");
        }
        if (count is not null) sums.Add(count);
        var totals = sums.Totals(hash);
        return Read<LedgerTotals>(line, number) == totals ? totals : throw new LedgerException($"Line {number}: the totals are {JsonSerializer.Serialize(totals, Json)}, the file says {line}.");
    }

    private static LedgerLine Line(string account, LedgerEntry entry, LedgerCount count) => new()
    {
        Account = account,
        Number = count.State.Entries,
        Entry = entry.EntryId,
        Kind = entry.Kind,
        Amount = entry.Amount.ToString(),
        Released = entry.Released.ToString(),
        Counterparty = entry.Counterparty,
        At = entry.At,
        Available = count.State.Available.ToString(),
        Held = count.State.Held.ToString(),
    };

    private static LedgerEntry EntryOf(LedgerLine line, long number) => new()
    {
        EntryId = line.Entry,
        Kind = line.Kind,
        Amount = CreditsOf(line.Amount, number),
        Released = CreditsOf(line.Released, number),
        Counterparty = line.Counterparty,
        At = line.At,
    };

    private static Credits CreditsOf(string text, long number) =>
        Credits.TryParse(text, out var credits) ? credits : throw new LedgerException($"Line {number}: '{text}' is not a number of credits.");

    private static T Read<T>(string line, long number)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line, Json) ?? throw new LedgerException($"Line {number} says nothing.");
        }
        catch (JsonException exception)
        {
            throw new LedgerException($"Line {number} is not what belongs there: {exception.Message}");
        }
    }

    private sealed class Sums
    {
        private long _accounts;
        private long _entries;
        private Credits _available;
        private Credits _held;
        private Credits _fromOutside;

        public void Add(LedgerCount count)
        {
            _accounts++;
            _entries += count.State.Entries;
            try
            {
                _available += count.State.Available;
                _held += count.State.Held;
                _fromOutside += count.FromOutside;
            }
            catch (OverflowException)
            {
                throw new LedgerException($"All accounts together, the first {_accounts} of them already, make a sum that no amount of credits can hold.");
            }
        }

        public LedgerTotals Totals(IncrementalHash hash) => new()
        {
            Accounts = _accounts,
            Entries = _entries,
            Available = _available.ToString(),
            Held = _held.ToString(),
            FromOutside = _fromOutside.ToString(),
            Sha256 = Convert.ToHexStringLower(hash.GetHashAndReset()),
        };
    }
}
