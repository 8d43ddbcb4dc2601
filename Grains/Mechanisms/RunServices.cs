using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ProvingMarket.Grains.Mechanisms;

/// <summary>What runs of every mechanism need of their silo.</summary>
public sealed class RunServices(IOptions<MarketOptions> options, TimeProvider time, ILoggerFactory loggers)
{
    /// <summary>Settings of the market.</summary>
    public MarketOptions Options => options.Value;

    /// <summary>The clock.</summary>
    public TimeProvider Time => time;

    /// <summary>Makes the loggers of runs.</summary>
    public ILoggerFactory Loggers => loggers;
}
