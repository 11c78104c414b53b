namespace Daos.Fabric.Protocol.Objects;

/// <summary>
/// A request about keys (punch, listing, key query) as it lies in a message: head (56 bytes), dkey (padded to 8 bytes), then for each akey
/// its length (8 bytes) and its bytes (padded to 8 bytes), then for listings <see cref="EnumerateWire"/>. A view, checked completely by
/// <see cref="Parse"/>.
/// </summary>
public readonly unsafe struct ObjectKeyRequest
{
    private readonly ObjectHeadWire* _head;

    private ObjectKeyRequest(ObjectHeadWire* head, EnumerateWire* enumerate)
    {
        _head = head;
        Enumerate = enumerate;
    }

    /// <summary>Handle, object, hash, epoch, flags.</summary>
    public ObjectTarget Target => ObjectTarget.Read(_head);

    /// <summary>First byte of the dkey.</summary>
    public byte* DkeyAddress => (byte*)(_head + 1);

    /// <summary>Length of the dkey; 0 for none.</summary>
    public int DkeyBytes => _head->DkeyBytes;

    /// <summary>The dkey; empty for none.</summary>
    public ReadOnlySpan<byte> Dkey => new(DkeyAddress, DkeyBytes);

    /// <summary>Akeys of the request.</summary>
    public int AkeyCount => _head->Count;

    /// <summary>Where a listing goes on and how much it returns; null for other requests.</summary>
    public EnumerateWire* Enumerate { get; }

    /// <summary>Checks a request from the first to the last byte. DER_PROTO for a malformed one, DER_KEY2BIG.</summary>
    /// <param name="payload">8-byte aligned; kept by the view.</param>
    /// <param name="lengthBytes">Length of the payload.</param>
    /// <param name="isListing">True for the listings.</param>
    /// <param name="request">The view, when the code is a success.</param>
    public static DerCode Parse(byte* payload, int lengthBytes, bool isListing, out ObjectKeyRequest request)
    {
        request = default;
        if (lengthBytes < ObjectHeadWire.SizeBytes)
        {
            return DerCode.Protocol;
        }

        var head = (ObjectHeadWire*)payload;
        DerCode code = ObjectParsing.CheckHead(head, needsDkey: false);
        if (code.IsError)
        {
            return code;
        }

        int position = ObjectHeadWire.SizeBytes + ObjectLayout.Align8(head->DkeyBytes);
        if (position > lengthBytes
            || head->Count > ProtocolLimits.IodsMax
            || !ObjectParsing.PaddingIsZero(payload + ObjectHeadWire.SizeBytes, head->DkeyBytes))
        {
            return DerCode.Protocol;
        }

        for (int i = 0; i < head->Count; i++)
        {
            code = ParseAkey(payload, lengthBytes, ref position);
            if (code.IsError)
            {
                return code;
            }
        }

        if (lengthBytes - position != (isListing ? EnumerateWire.SizeBytes : 0))
        {
            return DerCode.Protocol;
        }

        request = new ObjectKeyRequest(head, isListing ? (EnumerateWire*)(payload + position) : null);
        return DerCode.Success;
    }

    /// <summary>The akeys in order.</summary>
    public Enumerator GetEnumerator() => new(DkeyAddress + ObjectLayout.Align8(DkeyBytes), AkeyCount);

    private static DerCode ParseAkey(byte* payload, int lengthBytes, ref int position)
    {
        if (lengthBytes - position < sizeof(ulong))
        {
            return DerCode.Protocol;
        }

        ulong akeyBytes = *(ulong*)(payload + position);
        position += sizeof(ulong);
        if (akeyBytes is 0 or > ProtocolLimits.KeyBytesMax)
        {
            return akeyBytes == 0 ? DerCode.Protocol : DerCode.KeyTooBig;
        }

        int padded = ObjectLayout.Align8((int)akeyBytes);
        if (lengthBytes - position < padded || !ObjectParsing.PaddingIsZero(payload + position, (int)akeyBytes))
        {
            return DerCode.Protocol;
        }

        position += padded;
        return DerCode.Success;
    }

    /// <summary>Walks the akeys; a value, so that it may be kept across awaits.</summary>
    public struct Enumerator
    {
        private byte* _next;
        private int _left;

        internal Enumerator(byte* first, int count)
        {
            _next = first;
            _left = count;
        }

        /// <summary>The akey at this position.</summary>
        public KeyView Current { get; private set; }

        /// <summary>Goes to the next akey.</summary>
        public bool MoveNext()
        {
            if (_left == 0)
            {
                return false;
            }

            _left--;
            Current = new KeyView(_next + sizeof(ulong), (int)*(ulong*)_next);
            _next += sizeof(ulong) + ObjectLayout.Align8(Current.LengthBytes);
            return true;
        }
    }
}
