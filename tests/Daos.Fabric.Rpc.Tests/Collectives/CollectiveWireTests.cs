using Daos.Fabric.Rpc.Collectives;

namespace Daos.Fabric.Rpc.Tests.Collectives;

public sealed class CollectiveWireTests
{
    private static readonly CollectiveHeader s_header = new(
        RpcOpcode.Create(1, 2, 3), 7, 5, 6, new TreeTopology(TreeKind.Kary, 4), new Rank(9), CollectiveFlags.FailOut, [new Rank(1), new Rank(2), new Rank(3)]);

    [Fact]
    public void Request_GoldenBytes_AndBack()
    {
        byte[] bytes = CollectiveWire.Write(s_header, [0xAB, 0xCD]);
        Assert.Equal(
            "0300020107000000" + "0500000006000000" + "0400020009000000" + "0400000003000000" + "0100000002000000" + "0300000000000000" + "ABCD",
            Convert.ToHexString(bytes));
        CollectiveHeader? read = CollectiveWire.Read(bytes, out int offset);
        Assert.Equal(s_header.Filter, read!.Filter);
        Assert.Equal(s_header, read with { Filter = s_header.Filter });
        Assert.Equal(bytes.Length - 2, offset);
    }

    [Fact]
    public void Request_CutOrWithBadFields_IsMalformed()
    {
        byte[] golden = CollectiveWire.Write(s_header, []);
        for (int length = 0; length < golden.Length; length++)
        {
            Assert.Null(CollectiveWire.Read(golden.AsSpan(0, length), out _));
        }

        foreach ((int offset, byte value) in new (int, byte)[] { (16, 1), (18, 9), (24, 8), (28, 200), (31, 1), (44, 1) })
        {
            byte[] bad = [.. golden];
            bad[offset] = value;
            Assert.Null(CollectiveWire.Read(bad, out _));
        }

        Assert.Null(CollectiveWire.Read([.. golden, .. new byte[CollectiveLimits.PayloadBytesMax + 1]], out _));
    }

    [Fact]
    public void Reply_GoldenBytes_AndWhatDoesNotAddUp()
    {
        var result = new CollectiveResult(3, 2, new Rank(4), DerCode.Unreachable, [1, 2]);
        byte[] room = new byte[64];
        byte[] bytes = room[..CollectiveWire.WriteReply(room, result)];
        Assert.Equal("0300000002000000" + "04000000" + Convert.ToHexString(BitConverter.GetBytes(DerCode.Unreachable.Value)) + "0102", Convert.ToHexString(bytes));
        CollectiveResult? read = CollectiveWire.ReadReply(bytes, 5);
        Assert.Equal(result.Reply, read!.Reply);
        Assert.Equal(result, read with { Reply = result.Reply });
        Assert.Null(CollectiveWire.ReadReply(bytes, 6));
        Assert.Null(CollectiveWire.ReadReply(bytes.AsSpan(0, 15), 5));
        byte[] positive = [.. bytes];
        positive[15] = 0x7F;
        Assert.Null(CollectiveWire.ReadReply(positive, 5));
        byte[] uncounted = [0, 0, 0, 0, 255, 255, 255, 255, .. bytes.AsSpan(8)];
        Assert.Equal((0, 5), (CollectiveWire.ReadReply(uncounted, 5)!.Reached, CollectiveWire.ReadReply(uncounted, 5)!.Failed));
    }

    [Fact]
    public void Result_Code_PutsTheVersionFirst()
    {
        Assert.Equal(DerCode.Success, new CollectiveResult(5, 0, Rank.None, DerCode.Success, []).Code);
        Assert.Equal(DerCode.Busy, new CollectiveResult(5, 0, new Rank(1), DerCode.Busy, []).Code);
        Assert.Equal(DerCode.CorpcIncomplete, new CollectiveResult(4, 1, new Rank(1), DerCode.Unreachable, []).Code);
        Assert.Equal(DerCode.GroupVersion, new CollectiveResult(4, 1, new Rank(1), DerCode.GroupVersion, []).Code);
    }
}
