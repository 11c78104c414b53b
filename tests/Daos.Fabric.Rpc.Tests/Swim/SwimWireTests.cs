using Daos.Fabric.Rpc.Swim;

namespace Daos.Fabric.Rpc.Tests.Swim;

public sealed class SwimWireTests
{
    private static readonly SwimUpdate[] s_updates =
    [
        new SwimUpdate(new Rank(1), SwimStatus.Alive, 0x1122334455667788),
        new SwimUpdate(new Rank(7), SwimStatus.Dead, 3),
    ];

    [Fact]
    public void Message_GoldenBytes_AndBack()
    {
        byte[] bytes = Golden();
        Assert.Equal(
            "0200000007000000" + "2A00000009000000" + "0200000000000000" + "0100000000000000" + "8877665544332211" + "0700000002000000" + "0300000000000000",
            Convert.ToHexString(bytes));
        var updates = new SwimUpdate[4];
        int count = SwimWire.Read(bytes, SwimMessageKind.PingRequest, out Rank to, out SwimMessage message, out uint version, updates);
        Assert.Equal(s_updates, updates[..count]);
        Assert.Equal((new Rank(2), new SwimMessage(SwimMessageKind.PingRequest, new Rank(7), 42), 9u), (to, message, version));
    }

    [Fact]
    public void Message_CutExtendedOrWithBadBytes_IsMalformed()
    {
        byte[] golden = Golden();
        for (int length = 0; length < golden.Length; length++)
        {
            Assert.Equal(-1, Read(golden[..length]));
        }

        Assert.Equal(-1, Read([.. golden, .. new byte[16]]));
        foreach (int offset in new[] { 16, 18, 23, 28, 29, 31, 44, 45 })
        {
            byte[] bad = [.. golden];
            bad[offset] = 0x44;
            Assert.Equal(-1, Read(bad));
        }

        byte[] tooMany = new byte[24 + (16 * 5)];
        tooMany[16] = 5;
        Assert.Equal(-1, Read(tooMany));
    }

    private static int Read(byte[] bytes) => SwimWire.Read(bytes, SwimMessageKind.Ping, out _, out _, out _, new SwimUpdate[4]);

    private static byte[] Golden()
    {
        byte[] room = new byte[SwimWire.BytesMax];
        int length = SwimWire.Write(room, new Rank(2), new SwimMessage(SwimMessageKind.PingRequest, new Rank(7), 42), 9, s_updates);
        return room[..length];
    }
}
