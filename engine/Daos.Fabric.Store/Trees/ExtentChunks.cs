namespace Daos.Fabric.Store.Trees;

/// <summary>
/// How the checksums of an extent cut its array: in chunks, as its writer asked for, and each of them in parts with a checksum of their own,
/// when small extents were put together. A value; on media.
/// </summary>
/// <remarks>
/// <code>
///  0 .. 23        24 .. 31
/// | chunk bytes  | cuts: a chunk has 2^cuts parts |
/// </code>
/// </remarks>
internal readonly struct ExtentChunks
{
    private const int CutsShift = 24;
    private const uint BytesMask = (1u << CutsShift) - 1;

    private readonly uint _word;

    /// <param name="bytes">Bytes of a chunk; 0 for an extent without checksums.</param>
    /// <param name="cuts">How often chunks are halved.</param>
    public ExtentChunks(uint bytes, int cuts = 0) => _word = (bytes & BytesMask) | ((uint)cuts << CutsShift);

    /// <summary>Bytes of a chunk: what answers are cut in.</summary>
    public uint Bytes => _word & BytesMask;

    /// <summary>Bytes that one stored checksum covers.</summary>
    public uint PartBytes => Bytes >> (int)(_word >> CutsShift);
}
