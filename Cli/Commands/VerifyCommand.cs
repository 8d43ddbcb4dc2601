using System.CommandLine;
using System.Diagnostics;
using ProvingMarket.Proofs;

namespace ProvingMarket.Cli.Commands;

/// <summary><c>market verify</c>: verifies one proof from files.</summary>
internal static class VerifyCommand
{
    private const string Notes = """
        Exit codes:
          0  the proof is valid
          1  the proof is invalid: the equation does not hold, a point or a public input is out of range, off its curve or
             outside its subgroup, or there are too few or too many public inputs
          2  the input is unusable: a file is missing or too large, a document cannot be read, the key is refused, the
             proof system is unknown, or the arguments are wrong
          3  the program itself failed

        Examples:
          market verify --system groth16 --vk verification_key.json --proof proof.json --public public.json
          market verify --system groth16 --vk verification_key.json --proof proof.json --public public.json --json
        """;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var system = new Option<string>("--system")
        {
            Description = $"The proof system: {string.Join(", ", ProofSystems.Default.Names)}.",
            HelpName = "NAME",
            Required = true,
        };
        var key = FileOption("--vk", "The verification key.");
        var proof = FileOption("--proof", "The proof.");
        var inputs = FileOption("--public", "The public inputs.");

        var command = new DocumentedCommand("verify", "Verifies a zero-knowledge proof.", Notes)
        {
            system, key, proof, inputs, Answers.JsonOption(),
        };
        command.SetAction(line =>
        {
            var report = Verify(
                line.GetRequiredValue(system), line.GetRequiredValue(key), line.GetRequiredValue(proof), line.GetRequiredValue(inputs));
            // What cannot be used is no answer, except to a program, which reads why in the same object.
            return report.ExitCode == ExitCodes.Unusable && !line.WantsJson()
                ? line.Fail(report.ExitCode, report.ToText())
                : line.Answer(report.ToText, report.ToJson, report.ExitCode);
        });
        return command;
    }

    private static Option<FileInfo> FileOption(string name, string description) =>
        new(name) { Description = description, HelpName = "FILE", Required = true };

    private static VerifyReport Verify(string systemName, FileInfo keyFile, FileInfo proofFile, FileInfo inputsFile)
    {
        if (!ProofSystems.Default.TryGet(systemName, out var system))
            return VerifyReport.UnknownSystem(systemName);

        if (!InputFile.TryRead(keyFile, out var keyBytes, out var problem)
            || !InputFile.TryRead(proofFile, out var proofBytes, out problem)
            || !InputFile.TryRead(inputsFile, out var inputBytes, out problem))
        {
            return VerifyReport.UnusableFile(systemName, problem);
        }

        if (!system.PrepareKey(keyBytes).TryGet(out var key, out var refusal))
            return VerifyReport.OfKey(systemName, refusal);

        var start = Stopwatch.GetTimestamp();
        var result = system.Verify(key, proofBytes, inputBytes);
        return VerifyReport.Of(key, result, Stopwatch.GetElapsedTime(start));
    }
}
