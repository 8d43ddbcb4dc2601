using Orleans.Runtime;

namespace Orleans;

/// <summary>Names a grain class in identities and storage keys. Without it the name is the class name in lower case, less "grain".</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
public sealed class GrainTypeAttribute : Attribute
{
    /// <summary>Names the class.</summary>
    /// <param name="grainType">The name.</param>
    public GrainTypeAttribute(string grainType) => GrainType = GrainType.Create(grainType);

    /// <summary>Gets the name.</summary>
    internal GrainType GrainType { get; }
}

/// <summary>Activations of the class are never collected as idle.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
public class KeepAliveAttribute : Attribute
{
}

/// <summary>How long an activation of the class may go without a request before it is collected. Never less than a minute.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
public class CollectionAgeLimitAttribute : Attribute
{
    /// <summary>The least age.</summary>
    public static readonly TimeSpan MinAgeLimit = TimeSpan.FromMinutes(1);

    private readonly TimeSpan? _value;

    /// <summary>Sets the age by <see cref="Days"/>, <see cref="Hours"/> and <see cref="Minutes"/>.</summary>
    public CollectionAgeLimitAttribute()
    {
    }

    /// <summary>Sets the age.</summary>
    /// <param name="inactivityPeriod">The age, as <see cref="TimeSpan"/> text such as <c>00:05:00</c>.</param>
    public CollectionAgeLimitAttribute(string inactivityPeriod) => _value = TimeSpan.Parse(inactivityPeriod);

    /// <summary>Gets or sets the days of the age.</summary>
    public double Days { get; set; }

    /// <summary>Gets or sets the hours of the age.</summary>
    public double Hours { get; set; }

    /// <summary>Gets or sets the minutes of the age.</summary>
    public double Minutes { get; set; }

    /// <summary>Gets or sets a value indicating whether activations are never collected.</summary>
    public bool AlwaysActive { get; set; }

    /// <summary>Gets the age.</summary>
    public TimeSpan AgeLimit
    {
        get
        {
            if (_value is { } value) return value;
            var sum = AlwaysActive ? TimeSpan.FromDays(short.MaxValue) : TimeSpan.FromDays(Days) + TimeSpan.FromHours(Hours) + TimeSpan.FromMinutes(Minutes);
            return sum < MinAgeLimit ? MinAgeLimit : sum;
        }
    }
}
