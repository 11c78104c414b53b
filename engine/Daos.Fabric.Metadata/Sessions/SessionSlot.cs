using System.Buffers.Binary;

namespace Daos.Fabric.Metadata.Sessions;

/// <summary>
/// A marker key and who uses it: one transaction at a time. When an outcome was given up the marker is never used again, since a copy of that
/// request may still be on its way. Owned by the call that holds it.
/// </summary>
internal sealed class SessionSlot(ReadOnlyMemory<byte> session, int index)
{
    private int _generation;
    private long _sequence;

    /// <summary>The lease of the marker, or 0 when there is no marker.</summary>
    internal long Lease { get; private set; }

    /// <summary>The revision that wrote the marker last.</summary>
    internal long Revision { get; set; }

    /// <summary>The lease was alive then, in monotonic nanoseconds.</summary>
    internal long RenewedNs { get; set; }

    internal MetadataKey Key { get; private set; }

    /// <summary>A marker of a new name.</summary>
    internal void Begin(long lease, long renewedNs)
    {
        Span<byte> name = stackalloc byte[8];
        BinaryPrimitives.WriteInt32BigEndian(name, index);
        BinaryPrimitives.WriteInt32BigEndian(name[4..], ++_generation);
        Key = MetadataKey.Own([(byte)'s', .. session.Span, .. name]);
        Lease = lease;
        RenewedNs = renewedNs;
        Revision = 0;
    }

    /// <summary>Never use this marker again.</summary>
    internal void Abandon() => Lease = 0;

    /// <summary>What the next transaction writes into the marker.</summary>
    internal byte[] NextMark()
    {
        byte[] mark = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(mark, ++_sequence);
        return mark;
    }
}
