namespace Daos.Fabric.Rpc.Tests.Kills;

/// <summary>
/// Memory that is lent to the network. A block that came back is filled at once: when something still writes into it, the next one who
/// takes it sees that. Owned by one loop.
/// </summary>
internal sealed class KillMemory : IDisposable
{
    internal const int BlockBytes = 256 * 1024;
    private const byte Idle = 0x77;

    private readonly Stack<NativeBlock> _idle = [];

    /// <summary>Blocks handed out now.</summary>
    internal int Lent { get; private set; }

    /// <summary>Blocks that had changed while nobody held them.</summary>
    internal int Spoiled { get; private set; }

    internal NativeBlock Take()
    {
        Lent++;
        if (!_idle.TryPop(out NativeBlock? block))
        {
            return new NativeBlock(BlockBytes);
        }

        Spoiled += IsIntact(block) ? 0 : 1;
        return block;
    }

    /// <summary>Takes a block back whose transfer or call has ended.</summary>
    internal void Return(NativeBlock block)
    {
        Lent--;
        block.Span.Fill(Idle);
        _idle.Push(block);
    }

    /// <summary>Looks at every block that nobody holds.</summary>
    internal void Check() => Spoiled += _idle.Count(block => !IsIntact(block));

    public void Dispose()
    {
        while (_idle.TryPop(out NativeBlock? block))
        {
            block.Dispose();
        }
    }

    private static bool IsIntact(NativeBlock block) => !block.Span.ContainsAnyExcept(Idle);
}
