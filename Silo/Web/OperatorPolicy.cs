using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;

namespace ProvingMarket.Silo.Web;

/// <summary>The authorization policy of everything that only operators may see.</summary>
public static class OperatorPolicy
{
    /// <summary>The policy's name.</summary>
    public const string Name = "Operator";

    internal const string Role = "operator";

    /// <summary>Adds the policy: the key of <c>Silo:Operator:Key</c> as bearer token or as the password of any user; without a configured key,
    /// connections from this machine.</summary>
    public static IServiceCollection AddOperatorPolicy(this IServiceCollection services)
    {
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, OperatorAuthentication>(OperatorAuthentication.SchemeName, configureOptions: null);
        services.AddAuthorizationBuilder().AddPolicy(Name, policy => policy.AddAuthenticationSchemes(OperatorAuthentication.SchemeName).RequireRole(Role));
        return services;
    }
}
