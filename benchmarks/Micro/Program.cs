using BenchmarkDotNet.Running;
using ProvingMarket.Benchmarks.Micro.Calls;

return args switch
{
    ["calls", .. var options] => await CallThroughput.RunAsync(options),
    _ => BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args).Any() ? 0 : 2,
};
