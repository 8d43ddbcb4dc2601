using Microsoft.Extensions.Logging;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Grains.Mechanisms;

/// <summary>Announces a run again and again, at growing intervals, until it ends or its deadline has come. Announcements interleave with the run's
/// calls: asking the registry must not keep a proof waiting.</summary>
internal sealed partial class RunAnnouncements(
    IGrainBase grain, string runKey, RunAnnouncer announcer, MarketOptions options, TimeProvider time, ILogger logger)
{
    private IGrainTimer? _timer;
    private TimeSpan _againAfter;

    /// <summary>Whether this activation has announced the run to anybody.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Announces now, and again later.</summary>
    /// <param name="query">Who is wanted.</param>
    /// <param name="invitation">What they are told.</param>
    /// <param name="announced">Called after an announcement by which others are known to be invited or left out than before.</param>
    public void Begin(CandidateQuery query, Invitation invitation, Action announced)
    {
        HasBegun = true;
        _againAfter = options.AnnounceInterval;
        _timer = grain.RegisterGrainTimer(
            _ => AnnounceAsync(query, invitation, announced),
            new GrainTimerCreationOptions { DueTime = TimeSpan.Zero, Period = Timeout.InfiniteTimeSpan, KeepAlive = true, Interleave = true });
    }

    /// <summary>Nobody is wanted any more.</summary>
    public void End()
    {
        _timer?.Dispose();
        _timer = null;
    }

    private async Task AnnounceAsync(CandidateQuery query, Invitation invitation, Action announced)
    {
        // From then on it is too late for everybody: what is known of who was left out, and why, shall stay known.
        if (time.GetUtcNow() >= invitation.HardDeadline)
        {
            End();
            return;
        }
        try
        {
            var before = (announcer.Count, announcer.LeftOut);
            await announcer.AnnounceAsync(query, invitation);
            if (_timer is null) return;
            if (announcer.Count != before.Count || !announcer.LeftOut.SequenceEqual(before.LeftOut)) announced();
        }
        catch (Exception e)
        {
            LogAnnouncementFailed(logger, runKey, e);
        }
        _timer?.Change(_againAfter, Timeout.InfiniteTimeSpan);
        _againAfter = TimeSpan.FromTicks(Math.Min(_againAfter.Ticks * 2, options.AnnounceIntervalLimit.Ticks));
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Run {RunKey}: the announcement failed and is repeated")]
    private static partial void LogAnnouncementFailed(ILogger logger, string runKey, Exception exception);
}
