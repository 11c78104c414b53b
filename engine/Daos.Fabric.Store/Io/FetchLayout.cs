using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Io;

/// <summary>Where pieces of a fetch end, and what must be read from the data file to check them. Pure functions.</summary>
internal static class FetchLayout
{
    /// <summary>First array byte of the stored chunk that holds a byte.</summary>
    public static ulong ChunkStart(in FetchPieceState piece, ulong at) =>
        piece.ChunkBytes == 0 ? at : Math.Max(at / piece.ChunkBytes * piece.ChunkBytes, piece.StoredStart);

    /// <summary>End of the stored chunk that holds the byte before <paramref name="end"/>.</summary>
    public static ulong ChunkEnd(in FetchPieceState piece, ulong end) =>
        piece.ChunkBytes == 0 ? end : Math.Min((end + piece.ChunkBytes - 1) / piece.ChunkBytes * piece.ChunkBytes, piece.StoredEnd);

    /// <summary>The largest end of a piece that starts at a byte, so that its chunks, whole, fit one media buffer.</summary>
    public static ulong PieceEnd(in FetchPieceState piece, ulong first, ulong end)
    {
        ulong start = ChunkStart(in piece, first);
        ulong inBlock = (start - piece.StoredStart) % DataExtent.BlockBytes;
        ulong limit = start + MediaBuffers.BufferBytes - inBlock;
        if (ChunkEnd(in piece, end) <= limit)
        {
            return end;
        }

        return piece.ChunkBytes == 0 ? limit : limit / piece.ChunkBytes * piece.ChunkBytes;
    }
}
