using Daos.Fabric.Protocol;
using Daos.Fabric.Protocol.Objects;

namespace Daos.Fabric.Client.Objects;

/// <summary>
/// One akey of an update: its key, what it holds and where the new data lies (DAOS: daos_iod_t with its scatter list). The memory belongs
/// to the caller; see <see cref="DaosObject.UpdateAsync(ReadOnlySpan{byte}, ReadOnlySpan{DaosUpdateIod}, ObjectConditions, CancellationToken)"/>
/// for how long it must stay.
/// </summary>
public readonly struct DaosUpdateIod
{
    private DaosUpdateIod(
        ReadOnlyMemory<byte> akey,
        IodType kind,
        int recordBytes,
        Recx extent,
        ReadOnlyMemory<Recx> extents,
        ReadOnlyMemory<byte> data,
        ReadOnlyMemory<ReadOnlyMemory<byte>> pieces)
    {
        Akey = akey;
        Kind = kind;
        RecordBytes = recordBytes;
        Extent = extent;
        Extents = extents;
        Data = data;
        Pieces = pieces;
    }

    /// <summary>The attribute key, 1 to 4096 bytes.</summary>
    public ReadOnlyMemory<byte> Akey { get; }

    /// <summary>What it holds.</summary>
    public IodType Kind { get; }

    /// <summary>Size of one record of an array, in bytes; 0 for a single value.</summary>
    public int RecordBytes { get; }

    /// <summary>
    /// What must hold for this akey alone, <see cref="ObjectConditions.AkeyInsert"/> or <see cref="ObjectConditions.AkeyUpdate"/>; for a
    /// call with <see cref="ObjectConditions.PerAkey"/>.
    /// </summary>
    public ObjectConditions Conditions { get; init; }

    /// <summary>The run of records when there is just one.</summary>
    internal Recx Extent { get; }

    /// <summary>The runs when there are several; they must not overlap.</summary>
    internal ReadOnlyMemory<Recx> Extents { get; }

    /// <summary>The data when it is in one piece.</summary>
    internal ReadOnlyMemory<byte> Data { get; }

    /// <summary>The pieces of the data otherwise.</summary>
    internal ReadOnlyMemory<ReadOnlyMemory<byte>> Pieces { get; }

    internal int ExtentCount => Kind == IodType.Single ? 0 : Extents.IsEmpty ? 1 : Extents.Length;

    internal Recx ExtentAt(int index) => Extents.IsEmpty ? Extent : Extents.Span[index];

    internal int PieceCount => Pieces.IsEmpty ? 1 : Pieces.Length;

    internal ReadOnlyMemory<byte> PieceAt(int index) => Pieces.IsEmpty ? Data : Pieces.Span[index];

    internal long DataBytes
    {
        get
        {
            long bytes = 0;
            for (int i = 0; i < PieceCount; i++)
            {
                bytes += PieceAt(i).Length;
            }

            return bytes;
        }
    }

    /// <summary>The same with copies of keys and of data up to the eager limit, for a call that has to wait before it is encoded.</summary>
    internal DaosUpdateIod CopyIfEager()
    {
        if (DataBytes > ProtocolLimits.InlineBytesMax)
        {
            return new DaosUpdateIod(Akey.ToArray(), Kind, RecordBytes, Extent, Extents.ToArray(), Data, Pieces.ToArray()) { Conditions = Conditions };
        }

        byte[] data = new byte[DataBytes];
        int offset = 0;
        for (int i = 0; i < PieceCount; i++)
        {
            PieceAt(i).CopyTo(data.AsMemory(offset));
            offset += PieceAt(i).Length;
        }

        return new DaosUpdateIod(Akey.ToArray(), Kind, RecordBytes, Extent, Extents.ToArray(), data, default) { Conditions = Conditions };
    }

    /// <summary>A single value.</summary>
    public static DaosUpdateIod Single(ReadOnlyMemory<byte> akey, ReadOnlyMemory<byte> value) =>
        new(akey, IodType.Single, 0, default, default, value, default);

    /// <summary>A single value gathered from several pieces of memory.</summary>
    public static DaosUpdateIod Single(ReadOnlyMemory<byte> akey, ReadOnlyMemory<ReadOnlyMemory<byte>> pieces) =>
        new(akey, IodType.Single, 0, default, default, default, pieces);

    /// <summary>One run of records of an array.</summary>
    public static DaosUpdateIod Array(ReadOnlyMemory<byte> akey, int recordBytes, Recx extent, ReadOnlyMemory<byte> data) =>
        new(akey, IodType.Array, recordBytes, extent, default, data, default);

    /// <summary>Several runs of records, their data one after the other over the pieces of memory.</summary>
    public static DaosUpdateIod Array(
        ReadOnlyMemory<byte> akey,
        int recordBytes,
        ReadOnlyMemory<Recx> extents,
        ReadOnlyMemory<ReadOnlyMemory<byte>> pieces) => new(akey, IodType.Array, recordBytes, default, extents, default, pieces);
}
