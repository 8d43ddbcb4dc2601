using Orleans.Storage.Sqlite;

namespace Orleans.Embedded.Tests.Storage;

/// <summary>A file beside the connections to it.</summary>
public sealed class DatabaseFileTests
{
    private const int Parts = 3;
    private const int Part = 1024 * 1024;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task All_parts_of_a_file_are_flushed_and_left_as_they_were(bool leaveRoom)
    {
        var path = Path.GetTempFileName();
        var content = new byte[(Parts * Part) + 7];
        new Random(1).NextBytes(content);
        await File.WriteAllBytesAsync(path, content);

        using (var file = new DatabaseFile(path)) Assert.True(file.Flush(leaveRoom));

        Assert.Equal(content, await File.ReadAllBytesAsync(path));
        File.Delete(path);
    }

    /// <summary>Where the system call is not there, or not for such a file, the log must be moved all the same, or it would grow for ever.</summary>
    [Theory]
    [InlineData(5, true)] // EIO
    [InlineData(28, true)] // ENOSPC
    [InlineData(122, true)] // EDQUOT
    [InlineData(22, false)] // EINVAL
    [InlineData(29, false)] // ESPIPE
    [InlineData(38, false)] // ENOSYS
    [InlineData(95, false)] // EOPNOTSUPP
    public void Only_a_write_that_failed_fails_a_flush(int error, bool fails) => Assert.Equal(fails, DatabaseFile.IsOfWriting(error));

    [Fact]
    public void An_empty_file_is_flushed()
    {
        var path = Path.GetTempFileName();
        using (var file = new DatabaseFile(path)) Assert.True(file.Flush(leaveRoom: true));
        File.Delete(path);
    }
}
