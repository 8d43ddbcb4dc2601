using BenchmarkDotNet.Running;
using ProvingMarket.Benchmarks.Micro;
using ProvingMarket.Benchmarks.Micro.Calls;
using ProvingMarket.Benchmarks.Micro.Gateway;
using ProvingMarket.Benchmarks.Micro.Invitations;
using ProvingMarket.Benchmarks.Micro.Storage;

return args switch
{
    ["calls", .. var options] => await CallThroughput.RunAsync(options),
    ["gateway", .. var options] => await GatewayThroughput.RunAsync(options),
    ["gateway-silo"] => await GatewayThroughput.RunSiloAsync(),
    ["invitations", .. var options] => await InvitationFanOut.RunAsync(options),
    ["postgres", .. var options] => await PostgreSqlThroughput.RunAsync(options),
    ["simulation", .. var options] => EngineBenchmarks.RunSimulation(options),
    ["storage", .. var options] => await EngineBenchmarks.RunStorageAsync(options),
    _ => BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args).Any() ? 0 : 2,
};
