using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace Orleans.Embedded.Tests.Gateway;

internal static class ServiceExtensions
{
    internal static Silo GetSilo(this IServiceProvider services) => services.GetRequiredService<Silo>();
}
