namespace ProvingMarket.Serialization;

/// <summary>The forms in which a value is written. All are JSON.</summary>
public enum SerializedForm
{
    /// <summary>For messages: members are named by their [Id], enums are numbers, and only attributed types are accepted.</summary>
    Wire,

    /// <summary>For records that outlive the program: members and enum values go by name, so that people and SQL can read them. <see cref="Compact"/> is read, too.</summary>
    Storage,

    /// <summary>For records of which there are many: members are named by their [Id], enum values by name, and times of UTC are numbers of ticks; members of types without attributes as in
    /// <see cref="Storage"/>, which is read, too.</summary>
    Compact,
}
