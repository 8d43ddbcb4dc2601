namespace ProvingMarket.Simulation.Study.Results;

/// <summary>Whether a bar is reached, by the interval of what was measured.</summary>
public enum Verdict
{
    /// <summary>The whole interval is on the right side.</summary>
    Reached,
    /// <summary>The estimate is on the right side, the interval has the bar in it.</summary>
    Likely,
    /// <summary>The estimate is on the wrong side, the interval has the bar in it; or nothing could be measured.</summary>
    Open,
    /// <summary>The whole interval is on the wrong side.</summary>
    Missed,
}

/// <summary>Judges bars.</summary>
internal static class Verdicts
{
    /// <summary>Whether something is at most a bar.</summary>
    public static Verdict AtMost(Interval measured, double bar) =>
        measured.High <= bar ? Verdict.Reached : measured.Low > bar ? Verdict.Missed : measured.Value <= bar ? Verdict.Likely : Verdict.Open;

    /// <summary>Whether something is at least a bar.</summary>
    public static Verdict AtLeast(Interval measured, double bar) =>
        AtMost(new Interval(-measured.Value, -measured.High, -measured.Low), -bar);

    /// <summary>Whether something is between two bars.</summary>
    public static Verdict Between(Interval measured, double least, double most) =>
        (Verdict)Math.Max((int)AtLeast(measured, least), (int)AtMost(measured, most));

    /// <summary>For people.</summary>
    public static string Say(Verdict verdict) => verdict switch
    {
        Verdict.Reached => "reached",
        Verdict.Likely => "reached by the estimate, not by the whole interval",
        Verdict.Open => "not shown to be reached: the estimate is beyond it, the interval has it",
        _ => "NOT reached",
    };
}
