using System.Buffers.Binary;

namespace Daos.Fabric.Client.Arrays;

/// <summary>
/// How an array lies in its object, as DAOS does it: cell i is record i % chunk of dkey i / chunk + 1, akey "0"; dkeys are 64-bit integers.
/// Dkey 0 keeps magic, cell and chunk size. A value; any thread.
/// </summary>
/// <param name="CellBytes">Bytes of a cell.</param>
/// <param name="ChunkCells">Cells of a chunk.</param>
public readonly record struct ArrayLayout(int CellBytes, ulong ChunkCells)
{
    /// <summary>What the metadata begins with (DAOS).</summary>
    internal const ulong Magic = 0xdaca55a9daca55a9;

    /// <summary>Length of a dkey.</summary>
    internal const int DkeyBytes = 8;

    /// <summary>Length of the metadata: magic, cell bytes, chunk cells.</summary>
    internal const int MetadataBytes = 24;

    /// <summary>Chunk size of arrays that name none: 1 MiB of one-byte cells.</summary>
    public const ulong DefaultChunkCells = 1 << 20;

    /// <summary>The akey of every chunk.</summary>
    internal static ReadOnlySpan<byte> Akey => "0"u8;

    /// <summary>Bytes of a whole chunk.</summary>
    public ulong ChunkBytes => ChunkCells * (ulong)CellBytes;

    /// <summary>Throws when a size is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Cell or chunk size is 0 or a chunk has more than 64 MiB.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(CellBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(ChunkCells, 1UL);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ChunkCells, (ulong)(ClientLimits.TransferBytesMax / CellBytes), nameof(ChunkCells));
    }

    /// <summary>The dkey of the chunk that holds a cell.</summary>
    internal ulong DkeyOf(ulong cell) => (cell / ChunkCells) + 1;

    /// <summary>Writes the bytes of a dkey.</summary>
    internal static void WriteDkey(ulong dkey, Span<byte> destination) => BinaryPrimitives.WriteUInt64LittleEndian(destination, dkey);

    /// <summary>The first cell of a dkey.</summary>
    internal ulong FirstCellOf(ulong dkey) => (dkey - 1) * ChunkCells;

    /// <summary>The first cell behind the given record of a dkey.</summary>
    internal ulong CellAfter(ulong dkey, ulong record) => FirstCellOf(dkey) + record + 1;

    /// <summary>The metadata of dkey 0.</summary>
    internal void WriteMetadata(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Magic);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], (ulong)CellBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], ChunkCells);
    }

    /// <summary>Reads metadata; false when it is none or its sizes are out of range.</summary>
    internal static bool TryReadMetadata(ReadOnlySpan<byte> source, out ArrayLayout layout)
    {
        layout = default;
        if (source.Length != MetadataBytes || BinaryPrimitives.ReadUInt64LittleEndian(source) != Magic)
        {
            return false;
        }

        ulong cellBytes = BinaryPrimitives.ReadUInt64LittleEndian(source[8..]);
        ulong chunkCells = BinaryPrimitives.ReadUInt64LittleEndian(source[16..]);
        if (cellBytes is 0 or > ClientLimits.TransferBytesMax || chunkCells == 0 || chunkCells > ClientLimits.TransferBytesMax / cellBytes)
        {
            return false;
        }

        layout = new ArrayLayout((int)cellBytes, chunkCells);
        return true;
    }
}
