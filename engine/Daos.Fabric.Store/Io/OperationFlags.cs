namespace Daos.Fabric.Store.Io;

/// <summary>How an operation is carried out; not conditions on data.</summary>
[Flags]
public enum OperationFlags : byte
{
    /// <summary>As for a client.</summary>
    None = 0,

    /// <summary>Indexes with bit 63 are allowed: the parity of erasure-coded arrays, which lies beside the data.</summary>
    Parity = 1 << 0,

    /// <summary>
    /// Something that happened elsewhere is written again at its own epoch, as rebuild does (VOS_OF_REPLAY_PC): a punch does not spread to
    /// what it leaves empty, because the punch of that comes too if there was one.
    /// </summary>
    Replay = 1 << 1,

    /// <summary>A fetch that only tells sizes and what exists; no data is read or held.</summary>
    SizesOnly = 1 << 2,
}
