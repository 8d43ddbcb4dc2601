using System.Collections.Immutable;
using System.Globalization;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Registry;

namespace ProvingMarket.Domain.Mechanisms.OrderBook;

/// <summary>Computes the outcome of a run over an order book again.</summary>
public static class OrderBookAudit
{
    /// <summary>The first entry of the transcript that does not follow from the order and the entries before; null when all do: the asks quoted are in
    /// the order of price and time, within the limit and of provers that may be called; the best of them is matched, at its own price, when a place is
    /// free; nobody has a lease who was not matched, and the first valid proof is paid its ask.</summary>
    public static AuditFinding? Check(RunOrder order, ImmutableArray<TranscriptEntry> transcript)
    {
        if (RunAudit.CheckChain(order, transcript) is { } broken) return broken;
        var (parameters, refusal) = OrderBookParameters.Read(order.Mechanism.Parameters, order.MaxPrice, order.Constraints);
        if (parameters is null) return new AuditFinding(0, $"the run was opened although its parameters are refused: {refusal}");
        var replay = new Replay(order, parameters);
        for (var i = 1; i < transcript.Length; i++)
        {
            if (replay.Follow(transcript[i]) is { } wrong) return new AuditFinding(i, wrong);
        }
        return RunAudit.Check(order, transcript, (place, _) => place == 1 ? replay.Reward : Credits.Zero);
    }

    private sealed class Replay(RunOrder order, OrderBookParameters parameters)
    {
        private readonly Dictionary<string, Credits> _matched = new(StringComparer.Ordinal);
        private readonly HashSet<string> _atWork = new(StringComparer.Ordinal);
        private readonly HashSet<string> _out = new(StringComparer.Ordinal);
        private ImmutableArray<Quote> _quotes = [];

        public Credits Reward { get; private set; }

        public string? Follow(TranscriptEntry entry)
        {
            var prover = entry.ProverId ?? "";
            switch (entry.Kind)
            {
                case TranscriptKind.Quoted:
                    return Quoted(entry.Value);
                case TranscriptKind.Matched:
                    return Match(prover, entry.Value);
                case TranscriptKind.Offered or TranscriptKind.Leased:
                    _atWork.Add(prover);
                    return _matched.ContainsKey(prover) ? null : $"{prover} was not matched";
                case TranscriptKind.NotReserved:
                    _atWork.Remove(prover);
                    return _matched.Remove(prover) ? null : $"{prover} was not matched";
                case TranscriptKind.Returned or TranscriptKind.Lapsed or TranscriptKind.Missed or TranscriptKind.ProofRefused:
                    _atWork.Remove(prover);
                    _out.Add(prover);
                    return null;
                case TranscriptKind.Proof:
                    Reward = _matched.GetValueOrDefault(prover);
                    return null;
                default:
                    return null;
            }
        }

        private string? Quoted(string value)
        {
            if (Parse(value) is not { } quotes) return "the asks cannot be read";
            for (var i = 0; i < quotes.Length; i++)
            {
                var quote = quotes[i];
                if (i > 0 && (quotes[i - 1].PricePerUnit, quotes[i - 1].Sequence).CompareTo((quote.PricePerUnit, quote.Sequence)) >= 0)
                    return $"ask {quote.AskId} is not behind {quotes[i - 1].AskId} by price and time";
                if (PriceOf(quote) > parameters.Limit) return $"ask {quote.AskId} comes to {PriceOf(quote)} credits, above the limit of {parameters.Limit}";
                if (_atWork.Contains(quote.ProverId) || _out.Contains(quote.ProverId)) return $"{quote.ProverId} had been called before";
                if (order.Excluded.Contains(quote.ProverId) || Eligibility.CheckLists(quote.ProverId, order.Constraints) is not null)
                    return $"{quote.ProverId} is excluded";
            }
            _quotes = quotes;
            return null;
        }

        private string? Match(string prover, string value)
        {
            if (_quotes.IsEmpty) return "nothing was quoted";
            if (_atWork.Count >= parameters.Provers) return $"{prover} was matched without a free place";
            var best = _quotes[0];
            _quotes = [];
            var expected = string.Create(CultureInfo.InvariantCulture, $"{best.AskId} {PriceOf(best).Micro}");
            if (best.ProverId != prover || value != expected) return $"the best ask is {expected} of {best.ProverId}, and {value} of {prover} was matched";
            _matched[prover] = PriceOf(best);
            return null;
        }

        private Credits PriceOf(Quote quote) => order.Program.Work.PriceAt(new Credits(quote.PricePerUnit));
    }

    private static ImmutableArray<Quote>? Parse(string value)
    {
        var quotes = ImmutableArray.CreateBuilder<Quote>();
        foreach (var text in value.Split(' '))
        {
            if (text.Split('/') is not [var ask, var prover, var price, var sequence]
                || !long.TryParse(price, NumberStyles.None, CultureInfo.InvariantCulture, out var micro) || micro > MarketLimits.AskPerUnit.Micro
                || !long.TryParse(sequence, NumberStyles.None, CultureInfo.InvariantCulture, out var place))
                return null;
            quotes.Add(new Quote(ask, prover, micro, place));
        }
        return quotes.ToImmutable();
    }

    private sealed record Quote(string AskId, string ProverId, long PricePerUnit, long Sequence);
}
