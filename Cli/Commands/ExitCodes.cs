namespace ProvingMarket.Cli.Commands;

/// <summary>What every command's exit code means.</summary>
internal static class ExitCodes
{
    /// <summary>Done, and the answer is yes.</summary>
    public const int Success = 0;

    /// <summary>Done, and the answer is no.</summary>
    public const int Refused = 1;

    /// <summary>Nothing was done: the arguments or the input cannot be used.</summary>
    public const int Unusable = 2;

    /// <summary>The program itself failed.</summary>
    public const int Failure = 3;

    /// <summary>Ctrl-C or SIGTERM ended the command before it was done; what it had asked of the market goes on there. 128 and the number of SIGINT, as shells have it.</summary>
    public const int Interrupted = 130;
}
