namespace Orleans.Configuration;

/// <summary>Which cluster this is. A client connects only to a silo with the same identities.</summary>
public class ClusterOptions
{
    /// <summary>The cluster identity that is used when none is set.</summary>
    public const string DefaultClusterId = "default";

    /// <summary>The service identity that is used when none is set.</summary>
    public const string DefaultServiceId = "default";

    /// <summary>Gets or sets the identity of the cluster.</summary>
    /// <value>default.</value>
    public string ClusterId { get; set; } = DefaultClusterId;

    /// <summary>Gets or sets the identity of the service; stays when the cluster is replaced by another.</summary>
    /// <value>default.</value>
    public string ServiceId { get; set; } = DefaultServiceId;
}
