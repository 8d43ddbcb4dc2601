namespace Orleans.Api;

/// <summary>What the comparison cannot cover, by name, so that nothing joins it unnoticed.</summary>
internal static class NotComparable
{
    /// <summary>The engine's own: no such type in Orleans. For the composition of hosts only; grains and tests do not use them.</summary>
    internal static readonly string[] Own =
    [
        "Orleans.Hosting.GrainClassSiloBuilderExtensions",
        "Orleans.Hosting.GrainStorageReminderSiloBuilderExtensions",
        "Orleans.Configuration.EmbeddedClientOptions",
        "Orleans.Configuration.EmbeddedGatewayOptions",
        "Orleans.Configuration.SqliteGrainStorageOptions",
        "Orleans.Hosting.EarlyCallSiloBuilderExtensions",
        "Orleans.Hosting.EmbeddedGatewaySiloBuilderExtensions",
        "Orleans.Hosting.GatewayClientBuilderExtensions",
        "Orleans.Hosting.IEmbeddedGateway",
        "Orleans.Hosting.SqliteGrainStorageSiloBuilderExtensions",
        "Orleans.Storage.SqliteArchive",
        "Orleans.Storage.SqliteGrainStorageException",
    ];

    /// <summary>
    /// Types of Orleans whose assemblies do not restore from every registry (Core, Runtime, Reminders, Serialization.Abstractions,
    /// Persistence.Memory). The build with Microsoft Orleans compiles the same grains and tests against them.
    /// </summary>
    internal static readonly string[] Types =
    [
        "Microsoft.Extensions.Hosting.OrleansClientGenericHostExtensions",
        "Microsoft.Extensions.Hosting.OrleansSiloGenericHostExtensions",
        "Orleans.AliasAttribute",
        "Orleans.CollectionAgeLimitAttribute",
        "Orleans.Configuration.ClientMessagingOptions",
        "Orleans.Configuration.ClusterOptions",
        "Orleans.Configuration.GrainCollectionOptions",
        "Orleans.Configuration.MemoryGrainStorageOptions",
        "Orleans.Configuration.MessagingOptions",
        "Orleans.Configuration.SiloMessagingOptions",
        "Orleans.GenerateSerializerAttribute",
        "Orleans.GrainReminderExtensions",
        "Orleans.GrainState`1",
        "Orleans.Hosting.ClientBuilderExtensions",
        "Orleans.Hosting.GrainCallFilterSiloBuilderExtensions",
        "Orleans.Hosting.IClientBuilder",
        "Orleans.Hosting.ISiloBuilder",
        "Orleans.Hosting.MemoryGrainStorageSiloBuilderExtensions",
        "Orleans.Hosting.ReminderOptions",
        "Orleans.Hosting.SiloBuilderExtensions",
        "Orleans.Hosting.SiloBuilderReminderMemoryExtensions",
        "Orleans.Hosting.SiloBuilderStartupExtensions",
        "Orleans.IClientConnectionRetryFilter",
        "Orleans.IClusterClient",
        "Orleans.IClusterConnectionStatusObserver",
        "Orleans.IGrainState`1",
        "Orleans.IRemindable",
        "Orleans.IdAttribute",
        "Orleans.ImmutableAttribute",
        "Orleans.KeepAliveAttribute",
        "Orleans.ResponseTimeoutAttribute",
        "Orleans.Runtime.IGrainReminder",
        "Orleans.Runtime.IPersistentState`1",
        "Orleans.Runtime.IStartupTask",
        "Orleans.Runtime.Messaging.ConnectionFailedException",
        "Orleans.Runtime.PersistentStateAttribute",
        "Orleans.Runtime.ReminderException",
        "Orleans.Runtime.TickStatus",
        "Orleans.Serialization.CodecNotFoundException",
        "Orleans.Serialization.Invocation.IInvokable",
        "Orleans.Serialization.SerializerException",
        "Orleans.Storage.IGrainStorage",
        "Orleans.Storage.InconsistentStateException",
    ];
}
