using BenchmarkDotNet.Running;
using ProvingMarket.Benchmarks.Micro.Calls;
using ProvingMarket.Benchmarks.Micro.Storage;

return args switch
{
    ["calls", .. var options] => await CallThroughput.RunAsync(options),
    ["storage", .. var options] => await StorageThroughput.RunAsync(options),
    _ => BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args).Any() ? 0 : 2,
};
