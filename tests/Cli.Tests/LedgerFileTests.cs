using System.Collections.Immutable;
using ProvingMarket.Cli.Commands;
using ProvingMarket.Cli.Ledger;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Accounts;

namespace ProvingMarket.Cli.Tests;

public sealed class LedgerFileTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task What_was_written_adds_up_again()
    {
        var (text, written) = await WriteAsync();
        Assert.Equal((2, 5, "93.5", "0", "99.5"), (written.Accounts, written.Entries, written.Available, written.Held, written.FromOutside));
        Assert.Equal(written, await LedgerFile.VerifyAsync(new StringReader(text)));
    }

    [Theory]
    [InlineData("\"amount\":\"100\"", "\"amount\":\"101\"", "Line 2")]
    [InlineData("\"available\":\"90\"", "\"available\":\"91\"", "Line 3")]
    [InlineData("\"released\":\"4\"", "\"released\":\"5\"", "ends a hold of 11 credits, held are 10")]
    [InlineData("external/w", "external/d", "is there twice")]
    [InlineData("\"kind\":\"Withdrawal\"", "\"kind\":\"Credit\"", "the file says")]
    [InlineData("\"counterparty\":\"outside\"", "\"counterparty\":\"inside\"", "the totals are")]
    [InlineData("\"entries\":5", "\"entries\":6", "the totals are")]
    [InlineData("\"version\":1", "\"version\":2", "not the header")]
    [InlineData("\"amount\":\"100\"", "\"amount\":\"9223372036854.775807\"", "Line 2")]
    [InlineData("\"account\":\"alice\"", "\"account\":\"\"", "Line 2: account  comes after")]
    [InlineData("\"account\":\"alice\"", "\"account\":null", "Line 2 is not what belongs there")]
    [InlineData("\"entry\":\"external/d\"", "\"entry\":null", "Line 2 is not what belongs there")]
    [InlineData("\"entry\":\"external/d\"", "\"entry\":\"\\ud800\"", "Line 2 is not what belongs there")]
    [InlineData("\"counterparty\":\"outside\"", "\"counterparty\":null", "Line 2 is not what belongs there")]
    [InlineData("\"released\":\"4\"", "\"released\":\"9223372036854.775807\"", "Line 4: account alice: entry capture/r")]
    [InlineData("\"at\":\"2026-03-01T12:00:00+00:00\"", "\"at\":\"0001-01-01T00:00:00+00:00\"", "the totals are")]
    [InlineData("\"sha256\":\"", "\"sha256\":null,\"x\":\"", "is not what belongs there")]
    public async Task Whatever_is_changed_is_found(string from, string to, string complaint)
    {
        var (text, _) = await WriteAsync();
        var at = text.IndexOf(from, StringComparison.Ordinal);
        var changed = text[..at] + to + text[(at + from.Length)..];
        Assert.Contains(complaint, (await Assert.ThrowsAsync<LedgerException>(() => LedgerFile.VerifyAsync(new StringReader(changed)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sums_that_cannot_be_counted_are_found()
    {
        var most = new Credits(long.MaxValue);
        LedgerEntry[] twice = [Entry("external/a", EntryKind.Deposit, 0, "outside") with { Amount = most }, Entry("external/b", EntryKind.Deposit, 0, "outside") with { Amount = most }];
        await CannotBeCountedAsync("account alice: entry external/b", [KeyValuePair.Create("alice", (IEnumerable<LedgerEntry>)twice)]);
        await CannotBeCountedAsync("all accounts", [KeyValuePair.Create("alice", (IEnumerable<LedgerEntry>)twice[..1]), KeyValuePair.Create("bob", (IEnumerable<LedgerEntry>)twice[1..])]);

        static async Task CannotBeCountedAsync(string place, IEnumerable<KeyValuePair<string, IEnumerable<LedgerEntry>>> ledgers)
        {
            var error = await Assert.ThrowsAsync<LedgerException>(() => LedgerFile.WriteAsync(TextWriter.Null, ledgers));
            Assert.Contains(place, error.Message, StringComparison.OrdinalIgnoreCase);
        }
    }

    /// <summary>Accounts forget the ids of movements from outside in time: that one is used again later is no fault of a ledger.</summary>
    [Theory]
    [InlineData(EntryKind.Deposit)]
    [InlineData(EntryKind.Withdrawal)]
    [InlineData(EntryKind.Void)]
    public async Task An_id_of_the_outside_world_may_come_again_after_the_account_has_forgotten_it(EntryKind kind)
    {
        var first = Entry("external/d", EntryKind.Deposit, 100, "outside");
        var again = Entry("external/d", kind, kind == EntryKind.Void ? 0 : 100, "outside") with { At = At + TimeSpan.FromDays(30) };
        using var text = new StringWriter();
        var written = await LedgerFile.WriteAsync(text, [KeyValuePair.Create("alice", (IEnumerable<LedgerEntry>)[first, again])]);
        Assert.Equal(2, written.Entries);
        Assert.Equal(written, await LedgerFile.VerifyAsync(new StringReader(text.ToString())));
    }

    [Fact]
    public async Task An_id_that_comes_again_while_it_is_remembered_is_found()
    {
        var deposit = Entry("external/d", EntryKind.Deposit, 100, "outside");
        var credit = Entry("credit/c", EntryKind.Credit, 100, "bob");
        foreach (var (first, later) in new[]
        {
            (deposit, deposit with { At = At + AccountRules.ShortestRetention }),
            (credit, credit with { At = At + TimeSpan.FromDays(30) }),
            // The id of a movement between accounts is remembered for ever, whoever uses it again.
            (credit, credit with { Kind = EntryKind.Deposit, Counterparty = "outside", At = At + TimeSpan.FromDays(30) }),
        })
        {
            var error = await Assert.ThrowsAsync<LedgerException>(() => LedgerFile.WriteAsync(TextWriter.Null, [KeyValuePair.Create("alice", (IEnumerable<LedgerEntry>)[first, later])]));
            Assert.Contains($"entry {first.EntryId} is there twice", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Movements_of_the_first_days_of_time_are_added_up()
    {
        LedgerEntry[] early = [Entry("external/a", EntryKind.Deposit, 1, "outside") with { At = DateTimeOffset.MinValue }, Entry("external/b", EntryKind.Deposit, 1, "outside") with { At = DateTimeOffset.MinValue }];
        Assert.Equal("2", (await LedgerFile.WriteAsync(TextWriter.Null, [KeyValuePair.Create("alice", (IEnumerable<LedgerEntry>)early)])).Available);
    }

    [Fact]
    public async Task A_line_left_out_and_a_file_cut_off_are_found()
    {
        var lines = (await WriteAsync()).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        for (var missing = 0; missing < lines.Length; missing++)
        {
            var text = string.Concat(lines.Where((_, i) => i != missing).Select(line => line + "\n"));
            await Assert.ThrowsAsync<LedgerException>(() => LedgerFile.VerifyAsync(new StringReader(text)));
        }
    }

    [Fact]
    public async Task A_ledger_that_does_not_add_up_is_not_written()
    {
        var overdrawn = Entry("debit/x", EntryKind.Debit, 1, "stake:p");
        var error = await Assert.ThrowsAsync<LedgerException>(() => LedgerFile.WriteAsync(new StringWriter(), [KeyValuePair.Create("alice", (IEnumerable<LedgerEntry>)[overdrawn])]));
        Assert.Contains("alice", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_says_what_is_wrong_by_its_exit_code()
    {
        var folder = Directory.CreateTempSubdirectory("market-ledger-");
        var file = Path.Combine(folder.FullName, "ledger.jsonl");
        await File.WriteAllTextAsync(file, (await WriteAsync()).Text);
        var (output, error) = (new StringWriter(), new StringWriter());
        Assert.Equal(ExitCodes.Success, await MarketCommand.RunAsync(["ledger", "verify", file], output, error));
        Assert.Contains("5 entries of 2 accounts add up: 93.5 credits available", output.ToString(), StringComparison.Ordinal);
        await File.AppendAllTextAsync(file, "x\n");
        Assert.Equal(ExitCodes.Refused, await MarketCommand.RunAsync(["ledger", "verify", file], output, error));
        Assert.Equal(ExitCodes.Unusable, await MarketCommand.RunAsync(["ledger", "verify", file + "x"], output, error));
        folder.Delete(recursive: true);
    }

    private static async Task<(string Text, LedgerTotals Totals)> WriteAsync()
    {
        IEnumerable<LedgerEntry> alice =
        [
            Entry("external/d", EntryKind.Deposit, 100, "outside"),
            Entry("hold/r", EntryKind.Hold, 10, "r"),
            Entry("capture/r", EntryKind.Capture, 6, "r") with { Released = Credits.Whole(4) },
            Entry("external/w", EntryKind.Withdrawal, 0, "outside") with { Amount = new Credits(Credits.MicroPerCredit / 2) },
        ];
        IEnumerable<LedgerEntry> bob = [Entry("debit/void", EntryKind.Void, 0, "stake:p")];
        using var text = new StringWriter();
        var totals = await LedgerFile.WriteAsync(text, ImmutableSortedDictionary<string, IEnumerable<LedgerEntry>>.Empty.Add("alice", alice).Add("bob", bob));
        return (text.ToString(), totals);
    }

    private static LedgerEntry Entry(string id, EntryKind kind, long amount, string counterparty) => new()
    {
        EntryId = id, Kind = kind, Amount = Credits.Whole(amount), Counterparty = counterparty, At = At,
    };
}
