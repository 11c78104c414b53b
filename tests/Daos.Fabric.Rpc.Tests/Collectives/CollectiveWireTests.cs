using Daos.Fabric.Rpc.Collectives;

namespace Daos.Fabric.Rpc.Tests.Collectives;

public sealed class CollectiveWireTests
{
    private static readonly CollectiveHeader s_header = new(
        RpcOpcode.Create(1, 2, 3), 7, 5, 6, new TreeTopology(TreeKind.Kary, 4), new Rank(9), CollectiveFlags.FailOut, 3);

    [Fact]
    public void Request_GoldenBytes_AndBack()
    {
        byte[] bytes = Written([0xAB, 0xCD]);
        Assert.Equal(
            "0300020107000000" + "0500000006000000" + "0400020009000000" + "0400000003000000" + "0100000002000000" + "0300000000000000" + "ABCD",
            Convert.ToHexString(bytes));
        Assert.True(CollectiveWire.TryRead(bytes, out CollectiveHeader read, out int offset));
        Assert.Equal(s_header, read);
        uint[] filter = new uint[3];
        CollectiveWire.ReadFilter(bytes, filter);
        Assert.Equal([1u, 2, 3], filter);
        Assert.Equal(bytes.Length - 2, offset);
    }

    [Fact]
    public void Request_CutOrWithBadFields_IsMalformed()
    {
        byte[] golden = Written([]);
        for (int length = 0; length < golden.Length; length++)
        {
            Assert.False(CollectiveWire.TryRead(golden.AsSpan(0, length), out _, out _));
        }

        foreach ((int offset, byte value) in new (int, byte)[] { (16, 1), (18, 9), (24, 8), (28, 200), (31, 1), (44, 1) })
        {
            byte[] bad = [.. golden];
            bad[offset] = value;
            Assert.False(CollectiveWire.TryRead(bad, out _, out _));
        }

        Assert.False(CollectiveWire.TryRead([.. golden, .. new byte[CollectiveLimits.PayloadBytesMax + 1]], out _, out _));
    }

    [Fact]
    public void Reply_GoldenBytes_AndWhatDoesNotAddUp()
    {
        var result = new CollectiveResult(3, 2, new Rank(4), DerCode.Unreachable);
        byte[] room = new byte[64];
        byte[] bytes = room[..CollectiveWire.WriteReply(room, result, [1, 2])];
        Assert.Equal("0300000002000000" + "04000000" + Convert.ToHexString(BitConverter.GetBytes(DerCode.Unreachable.Value)) + "0102", Convert.ToHexString(bytes));
        Assert.True(CollectiveWire.TryReadReply(bytes, 5, out CollectiveResult read, out ReadOnlySpan<byte> reply));
        Assert.Equal([1, 2], reply.ToArray());
        Assert.Equal(result, read);
        Assert.False(CollectiveWire.TryReadReply(bytes, 6, out _, out _));
        Assert.False(CollectiveWire.TryReadReply(bytes.AsSpan(0, 15), 5, out _, out _));
        byte[] positive = [.. bytes];
        positive[15] = 0x7F;
        Assert.False(CollectiveWire.TryReadReply(positive, 5, out _, out _));
        byte[] uncounted = [0, 0, 0, 0, 255, 255, 255, 255, .. bytes.AsSpan(8)];
        Assert.True(CollectiveWire.TryReadReply(uncounted, 5, out read, out _));
        Assert.Equal((0, 5), (read.Reached, read.Failed));
    }

    [Fact]
    public void Result_Code_PutsTheVersionFirst()
    {
        Assert.Equal(DerCode.Success, new CollectiveResult(5, 0, Rank.None, DerCode.Success).Code);
        Assert.Equal(DerCode.Busy, new CollectiveResult(5, 0, new Rank(1), DerCode.Busy).Code);
        Assert.Equal(DerCode.CorpcIncomplete, new CollectiveResult(4, 1, new Rank(1), DerCode.Unreachable).Code);
        Assert.Equal(DerCode.GroupVersion, new CollectiveResult(4, 1, new Rank(1), DerCode.GroupVersion).Code);
    }

    private static byte[] Written(byte[] payload)
    {
        byte[] bytes = new byte[CollectiveWire.SizeOf(3, payload.Length)];
        CollectiveWire.Write(bytes, s_header, [new Rank(1), new Rank(2), new Rank(3)], payload);
        return bytes;
    }
}
