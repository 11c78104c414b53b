namespace Daos.Fabric.Rpc.Bulk;

/// <summary>The layout of a bulk handle inside a message.</summary>
/// <remarks>
/// <code>
///  0 | segments (2) | bindings (2) | access (1) | flags (1): bit 0 forwarded | 0 (2) |
///  8 | length of all segments                                                        |
/// 16 | per segment: length (8)                                                       |
///    | per segment: key (8), for the receiver of the message                         |
/// then per binding:
///  0 | introduction (16): the connection of the origin to that rank                  |
/// 16 | rank (4) | tag (2) | 0 (2)                                                    |
/// 24 | per segment: key (8), on that connection                                      |
/// </code>
/// </remarks>
internal static class BulkWire
{
    internal const int HeadBytes = 16;
    internal const int BindingHeadBytes = 24;
    internal const byte ForwardedFlag = 1;

    internal static int SizeBytes(int segments, int bindings) => HeadBytes + (segments * 16) + (bindings * BindingBytes(segments));

    internal static int BindingBytes(int segments) => BindingHeadBytes + (segments * 8);
}
