namespace Daos.Fabric.Transport.Sockets.Tls;

/// <summary>What TLS looks like from outside, for sides that do not agree on using it. Any thread.</summary>
internal static unsafe class TlsPeek
{
    /// <summary>OpenSSL's words for bytes that are no TLS.</summary>
    internal const string WrongVersionReason = "wrong version number";

    // Fatal, unexpected message.
    private static ReadOnlySpan<byte> Alert => [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x0A];

    /// <summary>
    /// True when the first bytes are a TLS record's. A hello cannot look so: as its length they would stand for more than it may have.
    /// </summary>
    internal static bool IsTls(ReadOnlySpan<byte> first) => first.Length >= 2 && first[0] is 0x15 or 0x16 && first[1] == 0x03;

    /// <summary>Appends an alert, if there is memory for it.</summary>
    internal static void WriteAlert(SegmentBuffer reply)
    {
        byte* to = reply.Reserve(Alert.Length);
        if (to is not null)
        {
            Alert.CopyTo(new Span<byte>(to, Alert.Length));
            reply.Commit(Alert.Length);
        }
    }
}
