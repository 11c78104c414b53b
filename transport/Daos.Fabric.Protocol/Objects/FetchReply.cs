namespace Daos.Fabric.Protocol.Objects;

/// <summary>The reply to a fetch as it lies in a message: a view, checked completely by <see cref="TryParse"/>.</summary>
public readonly unsafe struct FetchReply
{
    private readonly FetchReplyWire* _wire;

    private FetchReply(FetchReplyWire* wire, byte* inlineValues)
    {
        _wire = wire;
        InlineValues = inlineValues;
    }

    /// <summary>The epoch that was read at.</summary>
    public Epoch Epoch => new(_wire->Epoch);

    /// <summary>As many iods as the request had.</summary>
    public int IodCount => (int)_wire->IodCount;

    /// <summary>The inline values, one after the other.</summary>
    public byte* InlineValues { get; }

    /// <summary>Bytes of all inline values.</summary>
    public int InlineBytes => (int)_wire->InlineBytes;

    /// <summary>Checks a reply from the first to the last byte.</summary>
    /// <param name="payload">8-byte aligned; kept by the view.</param>
    /// <param name="lengthBytes">Length of the payload.</param>
    /// <param name="isInline">The request named no memory and wanted data: value bytes and inline bytes must agree.</param>
    /// <param name="reply">The view, when true is returned.</param>
    public static bool TryParse(byte* payload, int lengthBytes, bool isInline, out FetchReply reply)
    {
        reply = default;
        var wire = (FetchReplyWire*)payload;
        if (lengthBytes < FetchReplyWire.SizeBytes || wire->IodCount > ProtocolLimits.IodsMax)
        {
            return false;
        }

        int position = FetchReplyWire.SizeBytes;
        ulong valueBytes = 0;
        for (uint i = 0; i < wire->IodCount; i++)
        {
            var iod = (FetchIodWire*)(payload + position);
            if (lengthBytes - position < FetchIodWire.SizeBytes
                || iod->MapCount > ProtocolLimits.PayloadBytesMax / Recx.SizeBytes
                || iod->ChecksumWords > ProtocolLimits.PayloadBytesMax / sizeof(uint)
                || !ChecksumTypes.IsKnown(iod->ChecksumType)
                || iod->ValueBytes > (ulong)ProtocolLimits.ValueBytesMax
                || (iod->Reserved0 | iod->Reserved1) != 0)
            {
                return false;
            }

            int iodBytes = FetchReplyWriter.IodBytes((int)iod->MapCount, (int)iod->ChecksumWords);
            if (lengthBytes - position < iodBytes)
            {
                return false;
            }

            position += iodBytes;
            valueBytes += iod->ValueBytes;
        }

        bool fits = lengthBytes - position == (int)wire->InlineBytes && (isInline ? valueBytes == wire->InlineBytes : wire->InlineBytes == 0);
        reply = fits ? new FetchReply(wire, payload + position) : default;
        return fits;
    }

    /// <summary>The iods in the order of the request.</summary>
    public Enumerator GetEnumerator() => new((FetchIodWire*)(_wire + 1), IodCount);

    /// <summary>Walks the iods; a value, so that it may be kept across awaits.</summary>
    public struct Enumerator
    {
        private FetchIodWire* _next;
        private int _left;
        private long _offset;

        internal Enumerator(FetchIodWire* first, int count)
        {
            _next = first;
            _left = count;
        }

        /// <summary>The iod at this position.</summary>
        public FetchIod Current { get; private set; }

        /// <summary>Goes to the next iod.</summary>
        public bool MoveNext()
        {
            if (_left == 0)
            {
                return false;
            }

            _left--;
            Current = new FetchIod(_next, _offset);
            _offset += Current.ValueBytes;
            _next = (FetchIodWire*)((byte*)_next + FetchReplyWriter.IodBytes((int)_next->MapCount, (int)_next->ChecksumWords));
            return true;
        }
    }
}
