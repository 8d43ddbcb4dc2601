using BenchmarkDotNet.Running;
using ProvingMarket.Benchmarks.Micro.Calls;
using ProvingMarket.Benchmarks.Micro.Gateway;
using ProvingMarket.Benchmarks.Micro.Simulation;
using ProvingMarket.Benchmarks.Micro.Storage;

return args switch
{
    ["calls", .. var options] => await CallThroughput.RunAsync(options),
    ["gateway", .. var options] => await GatewayThroughput.RunAsync(options),
    ["gateway-silo"] => await GatewayThroughput.RunSiloAsync(),
    ["storage", .. var options] => await StorageThroughput.RunAsync(options),
    ["simulation", .. var options] => SimulationThroughput.Run(options),
    _ => BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args).Any() ? 0 : 2,
};
