using System.Collections.Immutable;
using System.Globalization;
using ProvingMarket.Domain.Mechanisms.Forecasts;
using ProvingMarket.Domain.Mechanisms.Race;

namespace ProvingMarket.Domain.Mechanisms.Elections;

/// <summary>What to expect of an election: seats are drawn by stake and reputation among those whose ask the price covers and who are free; backups
/// follow when there is time left for them.</summary>
internal static class ElectionForecast
{
    // As many as an election draws beyond its seats unless told otherwise.
    private const int Backups = 8;
    private const double LongestAnswer = 5;
    private const double ShortestAnswer = 0.5;

    public static readonly InstanceKnob Bond = InstanceKnob.Bond(50);
    public static readonly InstanceKnob Patience =
        new("patience", 300, 120, 1000, "how long a prover has to deliver before a backup is called, in per cent of the median solo proving time");

    /// <summary>How an instance is held for a request.</summary>
    /// <param name="Price">What is posted.</param>
    /// <param name="Bond">The bond.</param>
    /// <param name="Seats">How many work side by side.</param>
    /// <param name="Answer">Seconds to answer a call.</param>
    /// <param name="Delivery">Seconds to deliver then; null for until the hard deadline.</param>
    public readonly record struct Terms(Credits Price, Credits Bond, int Seats, double Answer, double? Delivery)
    {
        public static Terms Of(Credits price, int seats, MechanismInstance instance, RunOutlook outlook)
        {
            var answer = Math.Clamp(outlook.UntilHard / 10, ShortestAnswer, LongestAnswer);
            var delivery = Math.Max(1, outlook.MedianSeconds * instance.Setting(Patience) / 100);
            return new Terms(
                price, RunOutlook.Percent(price, instance.Setting(ElectionForecast.Bond)), seats, answer,
                answer + delivery < outlook.UntilHard * 0.8 ? Math.Min(delivery, TimeSpan.SecondsPerDay) : null);
        }

        /// <summary>The parameters that all elections have.</summary>
        public ImmutableSortedDictionary<string, string> ToParameters(string priceName)
        {
            var parameters = RaceForecast.Parameters(
                (priceName, Price.ToString()), ("bond", Bond.ToString()), ("backups", Backups.ToString(CultureInfo.InvariantCulture)),
                ("answerWindow", RunOutlook.Seconds(Answer, ShortestAnswer, LongestAnswer)));
            return Delivery is { } delivery ? parameters.Add("deliveryTime", RunOutlook.Seconds(delivery, 0.1, TimeSpan.SecondsPerDay)) : parameters;
        }
    }

    public static RunForecast Of(Terms terms, RunOutlook outlook)
    {
        var until = Math.Min(outlook.UntilHard, terms.Delivery ?? outlook.UntilHard);
        // Each seat costs as much, so who asks more than a seat's part does not come.
        var highestAsk = terms.Price.Scale(1, terms.Seats);
        var provers = outlook.BySpeed;
        var voters = new Voters(provers.Length);
        foreach (var prover in provers)
        {
            if (prover.IsFree && prover.Price <= highestAsk && prover.Seconds <= until && prover.CanBond(terms.Bond)) voters.Add(prover);
        }
        if (voters.Length == 0) return RunForecast.Impossible(outlook.Nobody(terms.Price, terms.Bond));
        if (voters.Count < outlook.MinRedundancy) return RunForecast.Impossible(outlook.TooFew((int)voters.Count));

        var timing = FirstOf(voters, Intensity(terms.Seats, voters), out var independent);
        var (once, next) = (timing.Total, voters.Success / voters.Weight);
        var round = terms.Answer + (terms.Delivery ?? outlook.UntilHard);
        var rounds = Math.Max(0, Math.Floor((outlook.UntilHard - timing.Quantile(0.5)) / round));
        var backups = Math.Min(Math.Min(Backups, Math.Max(0, voters.Count - terms.Seats)), rounds * terms.Seats);
        if (backups >= 1) timing.Add(round + timing.Quantile(0.5), (1 - once) * (1 - Math.Pow(1 - next, backups)));
        var (seconds, spread, below) = timing.Shape(3 * RunOutlook.RoundTrip);
        return new RunForecast
        {
            Delivered = Math.Min(1, timing.Total),
            Seconds = seconds,
            Spread = spread,
            SpreadBelow = below,
            PriceMicro = terms.Price.Micro,
            PriceSpread = 0.02,
            Provers = independent,
        };
    }

    /// <summary>How strongly a weight is drawn so that the seats are filled on average: P(drawn) = 1 − exp(−intensity · weight), which is what sampling by
    /// exponential keys comes to. Infinite when there is a seat for everybody.</summary>
    private static double Intensity(int seats, in Voters voters)
    {
        if (voters.Count <= seats) return double.PositiveInfinity;
        var intensity = seats / voters.Weight;
        for (var step = 0; step < 3; step++)
        {
            var (drawn, slope) = (0.0, 0.0);
            for (var i = 0; i < voters.Length; i++)
            {
                var (alike, weight) = voters.At(i);
                var passed = Math.Exp(-intensity * weight);
                drawn += alike * (1 - passed);
                slope += alike * weight * passed;
            }
            if (slope <= 0) break;
            intensity += (seats - drawn) / slope;
        }
        return intensity;
    }

    private static Timing FirstOf(in Voters voters, double intensity, out double independent)
    {
        var first = new FirstOf(voters.Length);
        for (var i = 0; i < voters.Length; i++)
            first.Add(voters.Prover(i), double.IsPositiveInfinity(intensity) ? 1 : 1 - Math.Exp(-intensity * voters.At(i).Weight));
        independent = first.Independent;
        return first.Timing;
    }

    /// <summary>Those who would accept a seat, the fastest first, with their weights in the election.</summary>
    private struct Voters(int most)
    {
        private readonly OutlookProver[] _provers = new OutlookProver[most];
        private readonly (double Alike, double Weight)[] _weights = new (double, double)[most];

        public int Length { get; private set; }

        /// <summary>How many they are, counting those who stand for several.</summary>
        public double Count { get; private set; }

        /// <summary>Their weights together.</summary>
        public double Weight { get; private set; }

        /// <summary>The same, each with its chance to deliver.</summary>
        public double Success { get; private set; }

        public readonly OutlookProver Prover(int i) => _provers[i];

        public readonly (double Alike, double Weight) At(int i) => _weights[i];

        public void Add(OutlookProver prover)
        {
            var weight = prover.ElectionWeight;
            _provers[Length] = prover;
            _weights[Length++] = (prover.Weight, weight);
            Count += prover.Weight;
            Weight += prover.Weight * weight;
            Success += prover.Weight * weight * prover.Success;
        }
    }
}
