namespace Orleans.Providers;

/// <summary>Well-known names.</summary>
public static class ProviderConstants
{
    /// <summary>The storage that is used when none is named.</summary>
    public const string DEFAULT_STORAGE_PROVIDER_NAME = "Default";
}
