using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Orleans.Embedded.Tests")]
[assembly: InternalsVisibleTo("ProvingMarket.Benchmarks.Micro")]
