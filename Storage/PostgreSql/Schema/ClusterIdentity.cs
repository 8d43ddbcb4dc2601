namespace ProvingMarket.Storage.PostgreSql.Schema;

/// <summary>Which cluster a schema's records belong to.</summary>
/// <param name="ServiceId">Its service.</param>
/// <param name="ClusterId">Its name.</param>
internal sealed record ClusterIdentity(string ServiceId, string ClusterId)
{
    /// <summary>Refuses a schema that is another cluster's.</summary>
    /// <param name="owner">Whose it is.</param>
    /// <param name="schema">Which schema, for the message.</param>
    /// <param name="table">The table that says so.</param>
    /// <exception cref="PostgreSqlSchemaException">It is another's: the message names the setting, what is expected and what is set.</exception>
    internal void ThrowUnless(ClusterIdentity owner, string schema, string table)
    {
        if (owner == this) return;
        var (setting, expected, actual) = owner.ServiceId != ServiceId ? (nameof(ServiceId), owner.ServiceId, ServiceId) : (nameof(ClusterId), owner.ClusterId, ClusterId);
        throw new PostgreSqlSchemaException(
            $"{schema} belongs to the cluster whose {setting} is '{expected}'; this silo's {setting} is '{actual}'. Set that one, or another {nameof(PostgreSqlGrainStorageOptions.Schema)}. " +
            $"For a cluster that has been renamed, stop all its silos and run: UPDATE {table} SET service_id = NULL, cluster_id = NULL");
    }
}
