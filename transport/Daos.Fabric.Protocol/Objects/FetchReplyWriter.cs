namespace Daos.Fabric.Protocol.Objects;

/// <summary>Fills the reply to a fetch: the iods in the order of the request, then the inline values in the same order.</summary>
public ref struct FetchReplyWriter
{
    private readonly Span<byte> _payload;
    private WireWriter _writer;
    private int _iodsEnd;
    private uint _iodCount;

    /// <summary>Writes the fixed part.</summary>
    public FetchReplyWriter(Span<byte> payload, Epoch epoch)
    {
        _payload = payload;
        _writer = new WireWriter(payload);
        Span<byte> fixedPart = _writer.Take(FetchReplyWire.SizeBytes);
        if (fixedPart.Length != 0)
        {
            fixedPart.Clear();
            MemoryMarshal.AsRef<FetchReplyWire>(fixedPart).Epoch = epoch.Value;
        }

        _iodsEnd = _writer.Position;
    }

    /// <summary>Payload bytes so far.</summary>
    public readonly int LengthBytes => _writer.Position;

    /// <summary>True when something did not fit.</summary>
    public readonly bool Failed => _writer.Failed;

    /// <summary>Bytes of one iod of a reply with its map and checksums.</summary>
    public static int IodBytes(int mapCount, int checksumWords) =>
        FetchIodWire.SizeBytes + (mapCount * Recx.SizeBytes) + ObjectLayout.Align8(checksumWords * sizeof(uint));

    /// <summary>Adds an iod whose map and checksums the caller fills: both spans completely.</summary>
    /// <param name="iod">The fixed part; counts included.</param>
    /// <param name="map">Room for the map.</param>
    /// <param name="checksums">Room for the checksums.</param>
    public void AddIod(in FetchIodWire iod, out Span<Recx> map, out Span<uint> checksums)
    {
        Span<byte> fixedPart = _writer.Take(FetchIodWire.SizeBytes);
        if (fixedPart.Length != 0)
        {
            MemoryMarshal.Write(fixedPart, iod);
        }

        map = MemoryMarshal.Cast<byte, Recx>(_writer.Take(checked((int)iod.MapCount * Recx.SizeBytes)));
        checksums = MemoryMarshal.Cast<byte, uint>(_writer.Take(checked((int)iod.ChecksumWords * sizeof(uint))));
        _writer.Align8();
        _iodsEnd = _writer.Position;
        _iodCount++;
        if (!_writer.Failed)
        {
            MemoryMarshal.AsRef<FetchReplyWire>(_payload).IodCount = _iodCount;
        }
    }

    /// <summary>Room for the next inline value, to be filled completely; after the last iod, in the order of the iods.</summary>
    public Span<byte> TakeValue(int lengthBytes)
    {
        Span<byte> room = _writer.Take(lengthBytes);
        if (!_writer.Failed)
        {
            MemoryMarshal.AsRef<FetchReplyWire>(_payload).InlineBytes = (uint)(_writer.Position - _iodsEnd);
        }

        return room;
    }
}
