using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Orleans.Dashboard;

namespace ProvingMarket.Silo.Web;

/// <summary>Pages of operators: the dashboard that Microsoft Orleans brings.</summary>
internal static class OperatorPages
{
    private const string Dashboard = "/dashboard";

    /// <summary>Adds what the pages show to a silo.</summary>
    public static void AddTo(ISiloBuilder silo) => silo.AddDashboard();

    /// <summary>Maps the pages, for operators only.</summary>
    public static void Map(IEndpointRouteBuilder app) => app.MapOrleansDashboard(Dashboard).RequireAuthorization(OperatorPolicy.Name);
}
