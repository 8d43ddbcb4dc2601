using ProvingMarket.Cli.Commands;

return await MarketCommand.RunAsync(args, Console.Out, Console.Error);
