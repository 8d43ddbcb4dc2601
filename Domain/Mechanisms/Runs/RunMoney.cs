using System.Collections.Immutable;
using System.Globalization;

namespace ProvingMarket.Domain.Mechanisms.Runs;

/// <summary>The money in a transcript.</summary>
/// <param name="Paid">What is paid to whom, on which account, in order.</param>
/// <param name="Slashed">What each prover loses of its bond.</param>
public sealed record RunMoney(ImmutableArray<(string ProverId, string Account, Credits Amount)> Paid, ImmutableSortedDictionary<string, SlashedBond> Slashed)
{
    /// <summary>Reads a transcript that follows: who leaves loses what is entered with it; who misses its lease, or delivers an invalid proof, all of its bond unless the entry says how much; also
    /// who still holds a lease when the run ends at its deadline without a proof.</summary>
    public static RunMoney Of(ImmutableArray<TranscriptEntry> transcript)
    {
        var paid = ImmutableArray.CreateBuilder<(string, string, Credits)>();
        var slashed = ImmutableSortedDictionary.CreateBuilder<string, SlashedBond>(StringComparer.Ordinal);
        var leases = new Dictionary<string, (Credits Bond, string Account)>(StringComparer.Ordinal);
        var accounts = new Dictionary<string, string>(StringComparer.Ordinal);
        var disputed = new HashSet<string>(StringComparer.Ordinal);
        var held = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in transcript)
        {
            var prover = entry.ProverId ?? "";
            switch (entry.Kind)
            {
                case TranscriptKind.Committed when entry.Value.Split(' ') is [_, _, var account]:
                    accounts[prover] = account;
                    break;
                case TranscriptKind.Leased:
                    leases[prover] = LeaseOf(entry.Value);
                    accounts[prover] = leases[prover].Account;
                    held.Add(prover);
                    break;
                case TranscriptKind.Missed when entry.Value.Length > 0:
                    Slash(prover, MicroOf(entry.Value));
                    held.Remove(prover);
                    break;
                case TranscriptKind.Missed or TranscriptKind.ProofRefused:
                    Slash(prover, leases.GetValueOrDefault(prover).Bond);
                    held.Remove(prover);
                    break;
                case TranscriptKind.Penalised:
                    Slash(prover, MicroOf(entry.Value));
                    break;
                case TranscriptKind.Returned or TranscriptKind.Lapsed or TranscriptKind.Proof or TranscriptKind.Resumed:
                    if (entry is { Kind: TranscriptKind.Returned, Value: nameof(ReasonCode.InputRejected) }) disputed.Add(prover);
                    held.Remove(prover);
                    break;
                case TranscriptKind.Paid:
                    paid.Add((prover, accounts.GetValueOrDefault(prover, ""), MicroOf(entry.Value)));
                    break;
                case TranscriptKind.Closed when entry.Value == nameof(ReasonCode.NobodyDelivered):
                    foreach (var late in held) Slash(late, leases[late].Bond);
                    break;
            }
        }
        return new RunMoney(paid.ToImmutable(), slashed.ToImmutable());

        void Slash(string prover, Credits amount)
        {
            if (amount > Credits.Zero) slashed[prover] = new SlashedBond(amount, accounts.GetValueOrDefault(prover, ""), disputed.Contains(prover));
        }
    }

    private static (Credits Bond, string Account) LeaseOf(string value) =>
        value.Split(' ', 2) is [var bond, var account] ? (MicroOf(bond), account) : (Credits.Zero, "");

    private static Credits MicroOf(string value) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var micro) ? new Credits(micro) : Credits.Zero;
}

/// <summary>What a prover loses of its bond.</summary>
/// <param name="Amount">How much.</param>
/// <param name="Account">The prover's account; empty in transcripts of before it was entered with a bid, when the prover never had the work.</param>
/// <param name="IsDisputed">Whether it left because nobody could prove this, as it says (<see cref="LeaseEnding.IsDisputed"/>).</param>
public readonly record struct SlashedBond(Credits Amount, string Account, bool IsDisputed);
