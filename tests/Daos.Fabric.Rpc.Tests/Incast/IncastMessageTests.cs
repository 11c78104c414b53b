using Daos.Fabric.Rpc.Incast;

namespace Daos.Fabric.Rpc.Tests.Incast;

public sealed class IncastMessageTests
{
    private static readonly IncastMessage s_message = new(
        5, 1, 7, 8, "map"u8.ToArray(), new IncastValue(9, new byte[] { 0xAB, 0xCD }), 9, new IncastSync(IncastSyncMode.Lazy, IncastSyncEvent.Notify), IncastShortcut.ToRoot);

    [Fact]
    public void Message_GoldenBytes_AndBack()
    {
        byte[] bytes = Written(s_message);
        Assert.Equal(
            "0500000001000000" + "0700000008000000" + "0900000003000201" + "0500000000000000" + "6D61700000000000" + "ABCD",
            Convert.ToHexString(bytes));
        Assert.True(IncastMessage.TryRead(bytes, out IncastMessage read));
        Assert.Equal("map"u8.ToArray(), read.Key.ToArray());
        Assert.Equal(new byte[] { 0xAB, 0xCD }, read.Value!.Value.Bytes.ToArray());
        Assert.Equal(s_message, read with { Key = s_message.Key, Value = s_message.Value });
    }

    [Fact]
    public void Message_CutOrWithBadFields_IsMalformed()
    {
        byte[] golden = Written(s_message with { Value = null });
        Assert.True(IncastMessage.TryRead(golden, out _));
        for (int length = 0; length < golden.Length; length++)
        {
            Assert.False(IncastMessage.TryRead(golden.AsMemory(0, length), out _));
        }

        Assert.False(IncastMessage.TryRead(golden.Append((byte)1).ToArray(), out _));
        foreach ((int offset, byte value) in new (int, byte)[] { (20, 200), (21, 2), (22, 3), (23, 2), (24, 8), (24, 3), (28, 1), (36, 1) })
        {
            byte[] bad = [.. golden];
            bad[offset] = value;
            Assert.False(IncastMessage.TryRead(bad, out _));
        }

        byte[] valued = Written(s_message);
        Assert.False(IncastMessage.TryRead(valued.Concat(new byte[IncastLimits.ValueBytesMax]).ToArray(), out _));
    }

    [Fact]
    public void Reply_GoldenBytes_AndBack()
    {
        byte[] room = new byte[32];
        byte[] bytes = room[..IncastMessage.WriteReply(room, new IncastValue(3, new byte[] { 1, 2 }))];
        Assert.Equal("0300000000000000" + "0102", Convert.ToHexString(bytes));
        var kept = new ReplyRoom();
        Assert.True(IncastMessage.TryReadReply(bytes, kept, out IncastValue read));
        Assert.Equal((3u, 2), (read.Version, read.Bytes.Length));
        Assert.Equal(kept.Bytes, read.Bytes);
        Assert.False(IncastMessage.TryReadReply(bytes.AsSpan(0, 7), kept, out _));
        bytes[5] = 1;
        Assert.False(IncastMessage.TryReadReply(bytes, kept, out _));
    }

    [Fact]
    public void Key_ComparesClassAndBytes()
    {
        var key = new IncastKey(1, "ab"u8.ToArray());
        Assert.Equal(key, new IncastKey(1, "ab"u8.ToArray()));
        Assert.Equal(key.GetHashCode(), new IncastKey(1, "ab"u8.ToArray()).GetHashCode());
        Assert.NotEqual(key, new IncastKey(2, "ab"u8.ToArray()));
        Assert.NotEqual(key, new IncastKey(1, "ac"u8.ToArray()));
        Assert.False(key.Equals("ab"));
    }

    private static byte[] Written(in IncastMessage message)
    {
        byte[] room = new byte[message.BytesMax];
        return room[..message.Write(room)];
    }
}
