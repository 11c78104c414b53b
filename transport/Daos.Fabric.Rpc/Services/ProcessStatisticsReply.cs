using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.Services;

/// <summary>
/// The reply to <see cref="InternalOpcodes.Statistics"/>: 16 bytes, then 56 bytes per context that answered.
/// </summary>
/// <remarks>
/// <code>
///  0 | contexts that follow          | contexts that did not answer  |
///  8 | managed bytes allocated by all their threads, each counted once |
/// then per context:
///  0 | managed thread id                                             |
///  8 | managed bytes allocated by that thread since its start        |
/// 16 | requests received                                             |
/// 24 | replies sent                                                  |
/// 32 | connections that are open or greet                            |
/// 40 | native memory that they hold for receiving and sending, bytes |
/// 48 | the most that this can become, bytes                          |
/// </code>
/// </remarks>
/// <param name="Answered">Contexts that answered.</param>
/// <param name="Missing">Contexts that did not answer in time: the sum is then too small.</param>
/// <param name="AllocatedBytes">Managed bytes allocated by all threads.</param>
/// <param name="Connections">Connections of all contexts.</param>
/// <param name="ConnectionBytes">Native memory that they hold.</param>
/// <param name="ConnectionBytesMax">The most that they can hold.</param>
public readonly record struct ProcessStatisticsReply(
    int Answered,
    int Missing,
    long AllocatedBytes,
    long Connections,
    long ConnectionBytes,
    long ConnectionBytesMax)
{
    /// <summary>Size of the fixed part.</summary>
    public const int HeadBytes = 16;

    /// <summary>Size per context.</summary>
    public const int ThreadBytes = 56;

    private const int BeforeConnectionsBytes = 32;

    /// <summary>Reads it and sums up the connections; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out ProcessStatisticsReply reply)
    {
        var reader = new WireReader(payload);
        reply = default;
        uint answered = reader.ReadUInt32();
        uint missing = reader.ReadUInt32();
        long allocatedBytes = (long)reader.ReadUInt64();
        if (reader.Failed || reader.Remaining != (long)answered * ThreadBytes)
        {
            return false;
        }

        long connections = 0, bytes = 0, bytesMax = 0;
        for (uint i = 0; i < answered; i++)
        {
            reader.ReadBytes(BeforeConnectionsBytes);
            connections += (long)reader.ReadUInt64();
            bytes += (long)reader.ReadUInt64();
            bytesMax += (long)reader.ReadUInt64();
        }

        reply = new ProcessStatisticsReply((int)answered, (int)missing, allocatedBytes, connections, bytes, bytesMax);
        return true;
    }
}
