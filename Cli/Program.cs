using System.Runtime.InteropServices;
using ProvingMarket.Cli.Commands;

// From the first moment on: System.CommandLine listens only once a command has begun, and what comes before that would end the process without a word.
using var interrupted = new CancellationTokenSource();
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using var onTermination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
return await MarketCommand.RunAsync(args, Console.Out, Console.Error, interrupted.Token);

void Interrupt(PosixSignalContext signal)
{
    signal.Cancel = true;
    interrupted.Cancel();
}
