namespace Daos.Fabric.Protocol.Objects;

/// <summary>The reply to a key query, 56 bytes: seven 64-bit numbers in the order of the fields. What was not asked for is zero.</summary>
/// <param name="Dkey">The integer dkey found.</param>
/// <param name="Akey">The integer akey found.</param>
/// <param name="Recx">The extent at the edge.</param>
/// <param name="RecordBytes">Bytes of a record of that akey.</param>
/// <param name="Epoch">The epoch that was read at.</param>
/// <param name="NewestWrite">
/// On this target no write or punch of the object is newer, whatever epoch is read at; it comes with every answer. Aborted and undecided ones
/// may count, as in DAOS.
/// </param>
public readonly record struct QueryKeyReply(ulong Dkey, ulong Akey, Recx Recx, ulong RecordBytes, Epoch Epoch, Epoch NewestWrite)
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 56;

    /// <summary>Writes 56 bytes.</summary>
    public void Write(Span<byte> payload)
    {
        var writer = new WireWriter(payload);
        writer.WriteUInt64(Dkey);
        writer.WriteUInt64(Akey);
        writer.WriteUInt64(Recx.Index);
        writer.WriteUInt64(Recx.Count);
        writer.WriteUInt64(RecordBytes);
        writer.WriteUInt64(Epoch.Value);
        writer.WriteUInt64(NewestWrite.Value);
    }

    /// <summary>Reads it; false when the length is wrong.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out QueryKeyReply reply)
    {
        var reader = new WireReader(payload);
        reply = new QueryKeyReply(
            reader.ReadUInt64(),
            reader.ReadUInt64(),
            new Recx(reader.ReadUInt64(), reader.ReadUInt64()),
            reader.ReadUInt64(),
            new Epoch(reader.ReadUInt64()),
            new Epoch(reader.ReadUInt64()));
        return reader.IsComplete;
    }
}
