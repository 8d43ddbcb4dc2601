using System.CommandLine;
using System.Globalization;
using ProvingMarket.Cli.Flags;
using ProvingMarket.Client;
using ProvingMarket.Domain;

namespace ProvingMarket.Cli.Commands;

/// <summary>The flags <c>--proof</c> and <c>--public</c>: where a delivered proof and its public inputs are written, as the proof system has them (for Groth16, what
/// <c>snarkjs groth16 verify</c> reads).</summary>
internal sealed class DeliveredFiles
{
    private readonly Option<string> _proof;
    private readonly Option<string> _publicInputs;

    /// <summary>Makes the flags.</summary>
    /// <param name="implied">What else they say, as a sentence; empty for nothing.</param>
    public DeliveredFiles(string implied = "")
    {
        _proof = new("--proof") { HelpName = "FILE", Description = $"Write the delivered proof to this file; those of a batch, with their numbers before the extension: proof.0.json, proof.1.json, …{implied}" };
        _publicInputs = new("--public") { HelpName = "FILE", Description = $"Write the public inputs it was verified for to this file, numbered in the same way.{implied}" };
    }

    /// <summary>Both.</summary>
    public IEnumerable<Option> All => [_proof, _publicInputs];

    /// <summary>Whether one of them is given.</summary>
    public bool AreWanted(ParseResult line) => All.Any(option => line.GetResult(option) is not null);

    /// <summary>Why they could not be written, found out before anything is asked of the market; null when nothing speaks against it.</summary>
    public string? Problem(ParseResult line)
    {
        foreach (var option in (Option<string>[])[_proof, _publicInputs])
        {
            if (line.GetValue(option) is not { } file) continue;
            if (file.Length == 0 || Directory.Exists(file)) return ValueOptions.Refusal(option.Name, "a file", file.Length == 0 ? "empty" : $"the folder {file}");
            if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(file)))) return ValueOptions.Refusal(option.Name, "a file in a folder that exists", file);
        }
        return line.GetValue(_proof) is { } proof && line.GetValue(_publicInputs) is { } inputs && Path.GetFullPath(proof) == Path.GetFullPath(inputs)
            ? ValueOptions.Refusal(_publicInputs.Name, $"another file than {_proof.Name}", inputs)
            : null;
    }

    /// <summary>Writes what was delivered. Of a batch that was not completed, what has been proved is paid, and the requester's.</summary>
    /// <returns>The exit code: a file that cannot be written is complained about, and the others are written all the same.</returns>
    public async Task<int> WriteAsync(ParseResult line, ProofOutcome outcome, CancellationToken cancellationToken)
    {
        var exitCode = ExitCodes.Success;
        if (outcome is { IsDelivered: true, Statements.IsEmpty: true }) await WriteBothAsync(file => file, outcome.Proof, outcome.PublicInputs);
        foreach (var statement in outcome.Statements)
            await WriteBothAsync(file => Path.ChangeExtension(file, string.Create(CultureInfo.InvariantCulture, $"{statement.Statement}{Path.GetExtension(file)}")), statement.Proof, statement.PublicInputs);
        return exitCode;

        async Task WriteBothAsync(Func<string, string> named, Bytes proof, Bytes publicInputs)
        {
            foreach (var (option, content) in ((Option<string>, Bytes)[])[(_proof, proof), (_publicInputs, publicInputs)])
            {
                if (line.GetValue(option) is not { } file) continue;
                try
                {
                    await File.WriteAllBytesAsync(named(file), content.Memory, cancellationToken);
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    exitCode = line.Fail(ExitCodes.Refused, $"The proof was delivered, but {named(file)} cannot be written: {exception.Message}");
                }
            }
        }
    }
}
