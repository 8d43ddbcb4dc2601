using System.Diagnostics.CodeAnalysis;

namespace ProvingMarket.Cli.Commands;

/// <summary>Why a file cannot be used as input.</summary>
/// <param name="Code">A stable code.</param>
/// <param name="Path">The file, as the user wrote it.</param>
/// <param name="Message">A sentence for people.</param>
internal sealed record FileProblem(string Code, string Path, string Message);

/// <summary>Reads input files whole, but never more than fits a document.</summary>
internal static class InputFile
{
    private const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>Reads a file, which may be a pipe.</summary>
    public static bool TryRead(FileInfo file, [NotNullWhen(true)] out byte[]? bytes, [NotNullWhen(false)] out FileProblem? problem)
    {
        (bytes, problem) = (null, null);
        var path = file.ToString();
        try
        {
            using var stream = file.OpenRead();
            using var content = new MemoryStream();
            var buffer = new byte[81920];
            while (stream.Read(buffer) is > 0 and var count)
            {
                if (content.Length + count > MaxBytes)
                {
                    problem = new("FileTooLarge", path, $"{path} has more than {MaxBytes} bytes.");
                    return false;
                }

                content.Write(buffer, 0, count);
            }

            bytes = content.ToArray();
            return true;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            problem = new("MissingFile", path, $"{path} does not exist.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problem = new("UnreadableFile", path, $"{path} cannot be read: {exception.Message}");
        }

        return false;
    }
}
