using Daos.Fabric.Store.Format;
using Daos.Fabric.Store.Journal;

namespace Daos.Fabric.Store.Tests.Recovery;

/// <summary>Makes log blocks that a store would accept, or almost: each holds one transaction that sets a root word.</summary>
internal sealed class LogForge(LogGeometry geometry)
{
    internal const int Root = 13;

    internal LogGeometry Geometry { get; } = geometry;

    internal unsafe byte[] Block(ulong position, ulong generation, ulong stable, ulong value)
    {
        var bytes = new byte[4096];
        fixed (byte* memory = bytes)
        {
            var block = (LogBlockDf*)memory;
            block->Magic = LogBlockDf.MagicValue;
            block->Generation = generation;
            block->Position = position;
            block->Stable = stable;
            block->BlockBytes = 4096;
            block->PayloadBytes = LogTransactionDf.SizeBytes + 16;
            var head = (LogTransactionDf*)(memory + LogBlockDf.SizeBytes);
            head->Magic = LogTransactionDf.MagicValue;
            head->RangeCount = 1;
            head->RedoBytes = 16;
            var words = (ulong*)(head + 1);
            words[0] = Arena.RootOffset(Root) | (8UL << LogTransactionDf.OffsetBits);
            words[1] = value;
            block->Checksum = Geometry.ChecksumOf(block);
        }

        return bytes;
    }

    internal void Write(StoreWorld world, ulong position, byte[] block) =>
        FilePatch.Write(world, "/store/log", Geometry.OffsetOf(position), block);
}
