namespace Daos.Fabric.Protocol.Objects;

/// <summary>Fills a request about keys: punch, listing, key query.</summary>
public ref struct ObjectKeyWriter
{
    private WireWriter _writer;

    /// <summary>Writes the head and the dkey.</summary>
    /// <param name="payload">What <c>RpcCall.BeginRequest</c> gave.</param>
    /// <param name="target">What the request is about.</param>
    /// <param name="dkey">The dkey; empty for requests about the whole object.</param>
    /// <param name="akeyCount">Akeys that will follow.</param>
    public ObjectKeyWriter(Span<byte> payload, in ObjectTarget target, ReadOnlySpan<byte> dkey, int akeyCount)
    {
        _writer = new WireWriter(payload);
        Span<byte> head = _writer.Take(ObjectHeadWire.SizeBytes);
        if (head.Length != 0)
        {
            target.Write(head, dkey.Length, akeyCount);
        }

        _writer.WriteBytes(dkey);
        _writer.Align8();
    }

    /// <summary>Payload bytes so far.</summary>
    public readonly int LengthBytes => _writer.Position;

    /// <summary>True when something did not fit.</summary>
    public readonly bool Failed => _writer.Failed;

    /// <summary>Bytes of a request with these keys; listings need <see cref="EnumerateWire.SizeBytes"/> more.</summary>
    public static int MaxBytes(int dkeyBytes, int akeyCount, int akeyBytesTotal) =>
        ObjectHeadWire.SizeBytes + ObjectLayout.Align8(dkeyBytes) + (akeyCount * 16) + akeyBytesTotal;

    /// <summary>Adds an akey.</summary>
    public void AddAkey(scoped ReadOnlySpan<byte> akey)
    {
        _writer.WriteUInt64((ulong)akey.Length);
        _writer.WriteBytes(akey);
        _writer.Align8();
    }

    /// <summary>Adds the last part of a listing.</summary>
    public void AddEnumerate(in EnumerationAnchor anchor, uint bytesMax, uint entriesMax)
    {
        Span<byte> bytes = _writer.Take(EnumerateWire.SizeBytes);
        if (bytes.Length != 0)
        {
            MemoryMarshal.Write(bytes, new EnumerateWire { Anchor = anchor, BytesMax = bytesMax, EntriesMax = entriesMax });
        }
    }
}
