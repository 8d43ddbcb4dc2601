using Orleans.Embedded.Tests.Gateway;
using Orleans.Embedded.Tests.Storage;
using Orleans.Simulation;

// What tests over real processes run in the other process.
return args switch
{
    ["sqlite-writer", var dataSource] => await SqliteWriterProcess.RunAsync(dataSource),
    ["gateway-silo", var port, var dataSource] => await GatewaySiloProcess.RunAsync(port, dataSource),
    ["simulation", var seed, var steps] => SimulationProcess.Run(seed, steps),
    _ => 2,
};
