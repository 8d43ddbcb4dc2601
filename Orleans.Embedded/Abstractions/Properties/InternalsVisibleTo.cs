using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Orleans.Embedded.Runtime")]
[assembly: InternalsVisibleTo("Orleans.Embedded.Simulation")]
[assembly: InternalsVisibleTo("Orleans.Embedded.Testing")]
[assembly: InternalsVisibleTo("Orleans.Embedded.Tests")]
[assembly: InternalsVisibleTo("ProvingMarket.Benchmarks.Micro")]
