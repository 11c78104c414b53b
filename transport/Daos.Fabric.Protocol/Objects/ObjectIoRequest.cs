namespace Daos.Fabric.Protocol.Objects;

/// <summary>
/// An update or fetch as it lies in a message: a view, checked completely by <see cref="Parse"/>, that may be kept across awaits as long
/// as the message is (for a request: until its handler's task ends). Any thread that may read the message.
/// </summary>
public readonly unsafe struct ObjectIoRequest
{
    private readonly ObjectIoWire* _wire;

    private ObjectIoRequest(ObjectIoWire* wire, byte* inlineValues, long valueBytes)
    {
        _wire = wire;
        InlineValues = inlineValues;
        ValueBytes = valueBytes;
    }

    /// <summary>Handle, object, hash, epoch, flags.</summary>
    public ObjectTarget Target => ObjectTarget.Read(&_wire->Head);

    /// <summary>First byte of the dkey.</summary>
    public byte* DkeyAddress => (byte*)(_wire + 1);

    /// <summary>Length of the dkey.</summary>
    public int DkeyBytes => _wire->Head.DkeyBytes;

    /// <summary>The dkey.</summary>
    public ReadOnlySpan<byte> Dkey => new(DkeyAddress, DkeyBytes);

    /// <summary>Akeys of the request.</summary>
    public int IodCount => _wire->Head.Count;

    /// <summary>The client's memory for the values; not valid (<see cref="RemoteMemory.IsValid"/>) when they travel inside the messages.</summary>
    public RemoteMemory Memory => new(_wire->MemoryKey, _wire->MemoryBytes, (MemoryAccess)_wire->MemoryAccess);

    /// <summary>Values of an update that travel inside the message; null otherwise.</summary>
    public byte* InlineValues { get; }

    /// <summary>Bytes of all values whose size the request knows.</summary>
    public long ValueBytes { get; }

    /// <summary>
    /// Checks a request from the first to the last byte. DER_PROTO for a malformed one, DER_KEY2BIG, DER_REC2BIG, DER_IO_INVAL for extents,
    /// checksums or memory that do not fit the values.
    /// </summary>
    /// <param name="payload">8-byte aligned; kept by the view.</param>
    /// <param name="lengthBytes">Length of the payload.</param>
    /// <param name="isUpdate">False for a fetch.</param>
    /// <param name="request">The view, when the code is a success.</param>
    public static DerCode Parse(byte* payload, int lengthBytes, bool isUpdate, out ObjectIoRequest request)
    {
        request = default;
        if (lengthBytes < ObjectIoWire.SizeBytes)
        {
            return DerCode.Protocol;
        }

        var wire = (ObjectIoWire*)payload;
        DerCode code = ParseFixed(wire, isUpdate);
        if (code.IsError)
        {
            return code;
        }

        int position = ObjectLayout.IoBytes(wire->Head.DkeyBytes);
        if (position > lengthBytes || !ObjectParsing.PaddingIsZero(payload + ObjectIoWire.SizeBytes, wire->Head.DkeyBytes))
        {
            return DerCode.Protocol;
        }

        long valueBytes = 0;
        int recxs = 0;
        int checksums = 0;
        for (int i = 0; i < wire->Head.Count; i++)
        {
            code = IodParsing.Parse(payload, lengthBytes, ref position, isUpdate, ref recxs, ref checksums, ref valueBytes);
            if (code.IsError)
            {
                return code;
            }
        }

        code = CheckValues(wire, isUpdate, valueBytes, lengthBytes - position);
        request = code.IsSuccess ? new ObjectIoRequest(wire, isUpdate && wire->MemoryKey == 0 ? payload + position : null, valueBytes) : default;
        return code;
    }

    /// <summary>The akeys in order.</summary>
    public Enumerator GetEnumerator() => new((IodWire*)(DkeyAddress + ObjectLayout.Align8(DkeyBytes)), IodCount);

    /// <summary>
    /// Where a request goes, for a look ahead of its handling: only what this reads is checked. False for a message that holds no dkey.
    /// </summary>
    /// <param name="payload">8-byte aligned.</param>
    /// <param name="lengthBytes">Length of the payload.</param>
    /// <param name="target">Handle, object, hash.</param>
    /// <param name="dkey">The dkey, in the payload.</param>
    /// <param name="dkeyBytes">Its length.</param>
    public static bool TryPeek(byte* payload, int lengthBytes, out ObjectTarget target, out byte* dkey, out int dkeyBytes)
    {
        target = default;
        dkey = null;
        dkeyBytes = 0;
        var wire = (ObjectIoWire*)payload;
        if (lengthBytes < ObjectIoWire.SizeBytes || wire->Head.DkeyBytes == 0 || ObjectLayout.IoBytes(wire->Head.DkeyBytes) > lengthBytes)
        {
            return false;
        }

        target = ObjectTarget.Read(&wire->Head);
        dkey = (byte*)(wire + 1);
        dkeyBytes = wire->Head.DkeyBytes;
        return true;
    }

    private static DerCode ParseFixed(ObjectIoWire* wire, bool isUpdate)
    {
        DerCode code = ObjectParsing.CheckHead(&wire->Head, needsDkey: true);
        if (code.IsError)
        {
            return code;
        }

        MemoryAccess needed = isUpdate ? MemoryAccess.RemoteRead : MemoryAccess.RemoteWrite;
        bool memoryFits = wire->MemoryKey == 0
            ? wire->MemoryBytes == 0 && wire->MemoryAccess == 0
            : wire->MemoryBytes is > 0 and <= ProtocolLimits.ValueBytesMax && wire->MemoryAccess == (ulong)needed;
        return wire->Reserved0 == 0 && memoryFits && wire->Head.Count is > 0 and <= ProtocolLimits.IodsMax ? DerCode.Success : DerCode.Protocol;
    }

    private static DerCode CheckValues(ObjectIoWire* wire, bool isUpdate, long valueBytes, int restBytes)
    {
        if (restBytes != (int)wire->InlineBytes)
        {
            return DerCode.Protocol;
        }

        if (!isUpdate)
        {
            return wire->InlineBytes == 0 ? DerCode.Success : DerCode.Protocol;
        }

        if (wire->MemoryKey == 0)
        {
            return valueBytes == wire->InlineBytes ? DerCode.Success : DerCode.IoInval;
        }

        return wire->InlineBytes == 0 && valueBytes <= wire->MemoryBytes ? DerCode.Success : DerCode.IoInval;
    }

    /// <summary>Walks the akeys; a value, so that it may be kept across awaits.</summary>
    public struct Enumerator
    {
        private IodWire* _next;
        private int _left;
        private long _offset;

        internal Enumerator(IodWire* first, int count)
        {
            _next = first;
            _left = count;
        }

        /// <summary>The akey at this position.</summary>
        public Iod Current { get; private set; }

        /// <summary>Goes to the next akey.</summary>
        public bool MoveNext()
        {
            if (_left == 0)
            {
                return false;
            }

            _left--;
            long valueBytes = IodParsing.ValueBytes(_next);
            Current = new Iod(_next, _offset, valueBytes);
            _offset += valueBytes;
            _next = Current.Next;
            return true;
        }
    }
}
