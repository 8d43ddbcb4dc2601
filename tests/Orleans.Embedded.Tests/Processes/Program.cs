using Orleans.Embedded.Tests.Storage;

// What tests over real processes run in the other process.
return args switch
{
    ["sqlite-writer", var dataSource] => await SqliteWriterProcess.RunAsync(dataSource),
    _ => 2,
};
