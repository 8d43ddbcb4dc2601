namespace Orleans.Configuration;

/// <summary>How long callers wait.</summary>
public abstract class MessagingOptions
{
    /// <summary>Gets or sets how long a caller waits for an answer.</summary>
    /// <value>The default is 30 seconds.</value>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>How long a silo's grains, and clients in its process, wait.</summary>
public class SiloMessagingOptions : MessagingOptions
{
}

/// <summary>How long activations live.</summary>
public class GrainCollectionOptions
{
    /// <summary>Gets or sets how often idle activations are looked for.</summary>
    /// <value>The default is one minute.</value>
    public TimeSpan CollectionQuantum { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets or sets how long an activation may be idle.</summary>
    /// <value>The default is 15 minutes.</value>
    public TimeSpan CollectionAge { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Gets or sets how long activations of certain classes, by full name, may be idle.</summary>
    public Dictionary<string, TimeSpan> ClassSpecificCollectionAge { get; set; } = new(StringComparer.Ordinal);

    /// <summary>Gets or sets how long a grain may take to activate.</summary>
    /// <value>The default is 30 seconds.</value>
    public TimeSpan ActivationTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets how long a grain may take to deactivate.</summary>
    /// <value>The default is 30 seconds.</value>
    public TimeSpan DeactivationTimeout { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>How long a client outside of the silo's process waits.</summary>
public class ClientMessagingOptions : MessagingOptions
{
}
