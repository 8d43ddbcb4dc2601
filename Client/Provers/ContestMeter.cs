namespace ProvingMarket.Client.Provers;

/// <summary>How much of the proving time that was spent in runs of a mechanism was paid: where several race for one reward, all but the winner work for nothing,
/// and a price that covers the work does not cover that. Each worker measures it for itself, so that in the long run as many race as the reward pays for.
/// Not thread-safe.</summary>
/// <param name="halfLife">After which time a measurement counts half: a worker that has lost for a while tries again, bit by bit.</param>
internal sealed class ContestMeter(TimeSpan halfLife)
{
    private readonly Dictionary<string, Measurement> _measured = [];

    /// <summary>A proof in a run of the mechanism took so long, until it was made or another's was, and was paid or not.</summary>
    public void Ended(string mechanism, TimeSpan proving, bool isPaid, DateTimeOffset now)
    {
        var seconds = Math.Max(proving.TotalSeconds, 0.001);
        var known = _measured.TryGetValue(mechanism, out var before) ? before.At(now, halfLife) : new Measurement(seconds, 0, 0, now);
        _measured[mechanism] = known with { Paid = known.Paid + (isPaid ? seconds : 0), Spent = known.Spent + seconds };
    }

    /// <summary>The share of the time that is paid, above 0; 1 where nothing is known.</summary>
    public double PaidShare(string mechanism, DateTimeOffset now) =>
        _measured.TryGetValue(mechanism, out var known) ? known.At(now, halfLife).PaidShare : 1;

    /// <param name="Hope">A worker begins with the hope of being paid, worth as much as its first proof.</param>
    /// <param name="Paid">Seconds paid, older ones counting less.</param>
    /// <param name="Spent">Seconds spent, older ones counting less.</param>
    /// <param name="Noted">When it was noted.</param>
    private readonly record struct Measurement(double Hope, double Paid, double Spent, DateTimeOffset Noted)
    {
        public double PaidShare => (Hope + Paid) / (Hope + Spent);

        public Measurement At(DateTimeOffset now, TimeSpan halfLife)
        {
            var remembered = double.Exp2(-Math.Max(0, (now - Noted) / halfLife));
            return new Measurement(Hope, Paid * remembered, Spent * remembered, now);
        }
    }
}
