using Daos.Fabric.Transport.Sockets.Framing;
using SocketLimits = Daos.Fabric.Transport.Sockets.Limits;

namespace Daos.Fabric.Transport.Tests.Sockets;

/// <summary>Chunks are large for bulk alone, small while calls go on beside it, and large again soon after.</summary>
public sealed class ChunkPolicyTests
{
    [Fact]
    public void BulkAlone_OneMessageATransfer_ChunksAreLarge()
    {
        var policy = default(ChunkPolicy);
        for (int i = 0; i < 1000; i++)
        {
            policy.OnMessage();
            policy.OnTransfer();
            Assert.Equal(SocketLimits.ChunkBytesMax, policy.ChunkBytes);
            Assert.Equal(2 * SocketLimits.ChunkBytesMax, policy.CommitBytes);
        }
    }

    [Fact]
    public void CallsBeside_ManyMoreMessages_ChunksAreSmallUntilTheyEnd()
    {
        var policy = default(ChunkPolicy);
        for (int i = 0; i < 1000; i++)
        {
            policy.OnMessage();
            if (i % 4 == 0)
            {
                policy.OnTransfer();
            }
        }

        Assert.Equal(SocketLimits.ChunkBytes, policy.ChunkBytes);
        Assert.Equal(SocketLimits.ChunkBytes, policy.CommitBytes);
        int transfers = 0;
        while (policy.ChunkBytes == SocketLimits.ChunkBytes)
        {
            policy.OnMessage();
            policy.OnTransfer();
            Assert.True(++transfers < 256, "the past is never forgotten");
        }
    }
}
