using Daos.Fabric.Protocol.Objects;

namespace Daos.Fabric.Client.Objects;

/// <summary>
/// One akey of a fetch: what to read and where to, and after the call what was found (DAOS: daos_iod_t, scatter list and daos_iom_t). The
/// caller owns it and may use it again when the call has completed. One call at a time.
/// </summary>
public sealed class DaosFetchIod
{
    private readonly Recx[] _extents;
    private readonly Memory<byte>[] _pieces;

    private DaosFetchIod(ReadOnlyMemory<byte> akey, IodType kind, Recx[] extents, Memory<byte>[] pieces)
    {
        Akey = akey;
        Kind = kind;
        _extents = extents;
        _pieces = pieces;
    }

    /// <summary>The attribute key, 1 to 4096 bytes.</summary>
    public ReadOnlyMemory<byte> Akey { get; }

    /// <summary>What it holds.</summary>
    public IodType Kind { get; }

    /// <summary>The runs of records to read; empty for a single value.</summary>
    public IReadOnlyList<Recx> Extents => _extents;

    /// <summary>Where the data goes, in order; empty to learn sizes only.</summary>
    public IReadOnlyList<Memory<byte>> Pieces => _pieces;

    /// <summary>
    /// What must hold for this akey alone, <see cref="ObjectConditions.AkeyFetch"/>; for a call with
    /// <see cref="ObjectConditions.PerAkey"/>.
    /// </summary>
    public ObjectConditions Conditions { get; set; }

    /// <summary>After the call: length of the single value, or size of one record of the array; 0 when there is nothing.</summary>
    public long RecordBytes { get; internal set; }

    /// <summary>After the call: bytes delivered into the pieces. Holes of an array are filled with zeroes and counted.</summary>
    public long DeliveredBytes { get; internal set; }

    /// <summary>After the call: the runs of records that exist inside <see cref="Extents"/>; the rest are holes.</summary>
    public IReadOnlyList<Recx> Found { get; internal set; } = [];

    internal ReadOnlySpan<Recx> ExtentSpan => _extents;

    internal long CapacityBytes
    {
        get
        {
            long bytes = 0;
            foreach (Memory<byte> piece in _pieces)
            {
                bytes += piece.Length;
            }

            return bytes;
        }
    }

    /// <summary>Spreads delivered bytes over the pieces.</summary>
    internal void Scatter(ReadOnlySpan<byte> data)
    {
        foreach (Memory<byte> piece in _pieces)
        {
            int lengthBytes = Math.Min(piece.Length, data.Length);
            data[..lengthBytes].CopyTo(piece.Span);
            data = data[lengthBytes..];
        }
    }

    /// <summary>Reads a single value. A value that is longer than the pieces together fails with DER_REC2BIG.</summary>
    public static DaosFetchIod Single(ReadOnlyMemory<byte> akey, params Memory<byte>[] pieces) => new(akey, IodType.Single, [], pieces);

    /// <summary>Reads one run of records.</summary>
    public static DaosFetchIod Array(ReadOnlyMemory<byte> akey, Recx extent, params Memory<byte>[] pieces) =>
        new(akey, IodType.Array, [extent], pieces);

    /// <summary>Reads several runs of records, one after the other into the pieces.</summary>
    public static DaosFetchIod Array(ReadOnlyMemory<byte> akey, IReadOnlyList<Recx> extents, params Memory<byte>[] pieces) =>
        new(akey, IodType.Array, [.. extents], pieces);
}
