using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.Services;

/// <summary>
/// The reply to <see cref="InternalOpcodes.Statistics"/>: 16 bytes, then 32 bytes per context that answered.
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
/// </code>
/// </remarks>
/// <param name="Answered">Contexts that answered.</param>
/// <param name="Missing">Contexts that did not answer in time: the sum is then too small.</param>
/// <param name="AllocatedBytes">Managed bytes allocated by all threads.</param>
public readonly record struct ProcessStatisticsReply(int Answered, int Missing, long AllocatedBytes)
{
    /// <summary>Size of the fixed part.</summary>
    public const int HeadBytes = 16;

    /// <summary>Size per context.</summary>
    public const int ThreadBytes = 32;

    /// <summary>Reads the fixed part and checks the length; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out ProcessStatisticsReply reply)
    {
        var reader = new WireReader(payload);
        reply = new ProcessStatisticsReply((int)reader.ReadUInt32(), (int)reader.ReadUInt32(), (long)reader.ReadUInt64());
        return !reader.Failed && reader.Remaining == (long)reply.Answered * ThreadBytes;
    }
}
