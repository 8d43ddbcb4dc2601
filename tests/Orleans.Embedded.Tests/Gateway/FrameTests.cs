using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using Orleans.Runtime.Gateway;
using ProvingMarket.Serialization;

namespace Orleans.Embedded.Tests.Gateway;

public sealed class FrameTests
{
    [Fact]
    public void Numbers_come_back() => Prop.ForAll<uint, uint>((one, other) =>
    {
        using var buffer = new PooledBuffer(1000, "limit");
        buffer.WriteNumber(one);
        buffer.WriteCallId(new CallId(other, one));
        var content = new FrameContent(buffer.Written);
        return content.ReadNumber() == one && content.ReadCallId() == new CallId(other, one) && content.Rest.IsEmpty;
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0u, 1)]
    [InlineData(127u, 1)]
    [InlineData(128u, 2)]
    [InlineData(uint.MaxValue, 5)]
    public void Small_numbers_are_short(uint value, int length)
    {
        using var buffer = new PooledBuffer(1000, "limit");
        buffer.WriteNumber(value);

        Assert.Equal(length, buffer.Length);
        Assert.Equal(value, new FrameContent(buffer.Written).ReadNumber());
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0x80 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0x10 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01 })]
    public void Numbers_that_do_not_fit_are_refused(byte[] bytes) => Assert.Throws<ProtocolException>(() => new FrameContent(bytes).ReadNumber());

    [Fact]
    public void A_frame_is_taken_once_it_is_there_as_a_whole_however_it_arrives()
    {
        using var buffer = new PooledBuffer(1000, "limit");
        for (var i = 0; i < 3; i++)
        {
            var start = buffer.BeginFrame(FrameKind.Method);
            buffer.WriteText($"frame {i}");
            buffer.EndFrame(start);
        }

        var bytes = buffer.Written.ToArray();
        for (var cut = 0; cut < bytes.Length; cut++)
        {
            var arrived = new ReadOnlySequence<byte>(bytes, 0, cut);
            var taken = 0;
            while (FrameReading.TryTakeFrame(ref arrived, 100, out var kind, out var content))
            {
                Assert.Equal(FrameKind.Method, kind);
                Assert.Equal($"frame {taken++}", new FrameContent(content.ToArray()).ReadText());
            }

            Assert.Equal(cut / (bytes.Length / 3), taken);
            Assert.Equal(cut % (bytes.Length / 3), arrived.Length);
        }
    }

    [Fact]
    public void Any_bytes_are_a_frame_or_a_protocol_error() => Prop.ForAll<byte[]>(bytes =>
    {
        var buffer = new ReadOnlySequence<byte>(bytes);
        try
        {
            while (FrameReading.TryTakeFrame(ref buffer, 1000, out _, out _))
            {
            }
        }
        catch (ProtocolException)
        {
            // Said so.
        }
    }).QuickCheckThrowOnFailure();
}
