namespace ProvingMarket.Serialization;

/// <summary>The two forms in which a value is written. Both are JSON.</summary>
public enum SerializedForm
{
    /// <summary>For messages: members are named by their [Id], enums are numbers, and only attributed types are accepted.</summary>
    Wire,

    /// <summary>For records that outlive the program: members and enum values go by name, so that people and SQL can read them.</summary>
    Storage,
}
