using Microsoft.AspNetCore.Routing;

namespace ProvingMarket.Silo.Web;

/// <summary>Pages of operators. Orleans.Embedded brings none.</summary>
internal static class OperatorPages
{
    /// <summary>Maps nothing.</summary>
    public static void Map(IEndpointRouteBuilder app) => ArgumentNullException.ThrowIfNull(app);
}
