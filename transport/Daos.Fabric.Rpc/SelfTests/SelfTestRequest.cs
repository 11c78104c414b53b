using Daos.Fabric.Rpc.Bulk;
using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.SelfTests;

/// <summary>The layout of a test call's request, and of the memory that a caller keeps for it.</summary>
/// <remarks>
/// <code>
///  0 | session                       | 0                             |
///  8 | bulk handle, if the session's shape has one                   |
///    | bytes sent, if they go inline                                 |
/// </code>
/// </remarks>
internal static class SelfTestRequest
{
    internal const int HeadBytes = 8;

    private const int AlignBytes = 64;

    internal static int HandleBytes(in SelfTestShape shape) => shape.HasBulk ? BulkWire.SizeBytes(1, 0) : 0;

    internal static int SizeBytes(in SelfTestShape shape) => HeadBytes + HandleBytes(shape) + shape.InlineSendBytes;

    /// <summary>Where, in a call's memory, the room for an inline reply begins; behind it lies the bulk memory.</summary>
    internal static long ReplyOffset(in SelfTestShape shape) => Align(SizeBytes(shape));

    internal static long BulkOffset(in SelfTestShape shape) => ReplyOffset(shape) + Align(shape.InlineReplyBytes);

    internal static long MemoryBytes(in SelfTestShape shape) => BulkOffset(shape) + Align(shape.BulkBytes);

    /// <summary>The session of a request that is long enough to have one; 0 names none.</summary>
    internal static uint SessionOf(ReadOnlySpan<byte> payload)
    {
        var reader = new WireReader(payload);
        uint session = reader.ReadUInt32();
        return reader.ReadUInt32() == 0 && !reader.Failed ? session : 0;
    }

    private static long Align(long bytes) => (bytes + AlignBytes - 1) / AlignBytes * AlignBytes;
}
