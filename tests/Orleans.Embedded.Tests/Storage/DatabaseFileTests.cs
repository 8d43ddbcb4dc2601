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

    [Fact]
    public void An_empty_file_is_flushed()
    {
        var path = Path.GetTempFileName();
        using (var file = new DatabaseFile(path)) Assert.True(file.Flush(leaveRoom: true));
        File.Delete(path);
    }
}
