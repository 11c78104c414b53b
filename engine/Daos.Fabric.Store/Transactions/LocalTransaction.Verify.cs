namespace Daos.Fabric.Store.Transactions;

/// <summary>The part that proves its own bookkeeping: poison for freed blocks, comparison with a shadow of the arena.</summary>
internal sealed unsafe partial class LocalTransaction
{
    private const byte FreedPoison = 0xDB;

    /// <summary>A copy of the arena that only recorded ranges reach; null outside tests that ask for it.</summary>
    internal ArenaShadow? Shadow { get; set; }

    /// <summary>Freed blocks are filled with 0xDB behind their list word, so that a reader of freed memory shows itself.</summary>
    internal bool PoisonFreed { get; set; } = IsChecked;

    private static bool IsChecked =>
#if CHECKED
        true;
#else
        false;
#endif

    private void VerifyCommit()
    {
        Shadow?.Apply(_ranges.Items, _ranges.Count);
        Shadow?.Compare();
        if (!PoisonFreed)
        {
            return;
        }

        for (int i = 0; i < _freed.Count; i++)
        {
            FreedBlock block = _freed.Items[i];
            int blockBytes = SizeClasses.BytesOf(SizeClasses.Of(block.SizeBytes));
            Poison(block.Offset + sizeof(ulong), blockBytes - sizeof(ulong));
        }
    }

    private void VerifyAbort() => Shadow?.Compare();

    // Outside the log: what lies in a free block means nothing to anybody, recovered or not.
    private void Poison(ulong offset, int lengthBytes)
    {
        new Span<byte>(_arena.At(offset, lengthBytes), lengthBytes).Fill(FreedPoison);
        Shadow?.Fill(offset, lengthBytes, FreedPoison);
    }
}
