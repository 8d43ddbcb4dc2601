using ProvingMarket.Benchmarks.Lifecycle;
using ProvingMarket.Benchmarks.Lifecycle.Market;

// A client in a process of its own: this program, started by itself.
if (args is [RemoteClient.Argument, var order]) return await RemoteClient.RunAsync(order);

return await LifecycleCommand.Create().Parse(args).InvokeAsync();
