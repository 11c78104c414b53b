using Daos.Fabric.Rpc.Bulk;

namespace Daos.Fabric.Rpc.Tests.Bulk;

/// <summary>A list of native segments of random lengths and contents.</summary>
internal sealed unsafe class Segments : IDisposable
{
    private readonly List<NativeBlock> _blocks = [];
    private BulkRegion? _region;

    /// <param name="random">Draws lengths and contents.</param>
    /// <param name="count">How many.</param>
    /// <param name="lengthBytes">Of each: exactly for one segment, else up to this.</param>
    internal Segments(SeededRandom random, int count, int lengthBytes)
    {
        for (int i = 0; i < count; i++)
        {
            var block = new NativeBlock(count == 1 ? lengthBytes : 1 + random.Next(lengthBytes));
            random.Fill(block.Span);
            _blocks.Add(block);
            LengthBytes += block.LengthBytes;
        }
    }

    internal long LengthBytes { get; }

    internal byte[] ToArray() => [.. _blocks.SelectMany(b => b.Span.ToArray())];

    internal BulkRegion Rent(RpcContext context, MemoryAccess access)
    {
        BulkSegment[] segments = [.. _blocks.Select(b => new BulkSegment(b.Address, b.LengthBytes))];
        return _region = context.TryRentBulk(segments, access)!;
    }

    internal void Free() => _region!.Free();

    public void Dispose() => _blocks.ForEach(b => b.Dispose());
}
