using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Journal;

/// <summary>
/// Recovery's second half: reads the log from the checkpoint's start block by block and applies the transactions to the arena. It ends at
/// the first block that is missing. What lies behind is cut when nothing shows that it was ever stable, and refused when something does:
/// the superblock, the checkpoint, or a later block that knew so. Idempotent. Owned by one owner thread.
/// </summary>
internal sealed partial class LogReplay : IDisposable
{
    private readonly MediaFile _file;
    private readonly LogGeometry _geometry;
    private readonly Arena _arena;
    private readonly StoreReport _report;
    private readonly LogWindow _window;
    private NativeList<byte> _pending = new(64 * 1024);
    private ulong _lastGeneration;

    internal LogReplay(MediaFile file, LogGeometry geometry, Arena arena, StoreReport report)
    {
        _file = file;
        _geometry = geometry;
        _arena = arena;
        _report = report;
        _window = new LogWindow(file, geometry);
    }

    /// <summary>Where the log ends: the next block goes here.</summary>
    internal ulong End { get; private set; }

    /// <summary>Transactions applied.</summary>
    internal long Transactions { get; private set; }

    /// <summary>Blocks applied.</summary>
    internal long Blocks { get; private set; }

    /// <summary>True when blocks lie behind the end that were never stable and now never will be.</summary>
    internal bool WasCut { get; private set; }

    /// <summary>Applies everything from a position on.</summary>
    /// <param name="start">Start of the checkpoint that was loaded.</param>
    /// <param name="checkpointEnd">The checkpoint's pages hold changes up to here.</param>
    /// <param name="superblock">Generation and where it starts.</param>
    /// <param name="isClean">The checkpoint was the last act of a clean shutdown, so that nothing can follow.</param>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerCode> RunAsync(ulong start, ulong checkpointEnd, LogGenerations superblock, bool isClean)
    {
        DerCode code = await ApplyAsync(start, superblock);
        ulong witness = Math.Max(checkpointEnd, superblock.Start);
        if (code.IsSuccess && End < witness)
        {
            code = Refuse(End, $"it was stable up to {witness}");
        }

        if (code.IsSuccess && !(isClean && Blocks == 0))
        {
            code = await LookBehindAsync(start);
        }

        await _window.DrainAsync();
        return code;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _window.Dispose();
        _pending.Dispose();
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> ApplyAsync(ulong start, LogGenerations superblock)
    {
        End = start;
        while (true)
        {
            DerCode code = await EnsureAsync(End);
            if (code.IsError)
            {
                return code;
            }

            if (!IsNextBlock(End, superblock))
            {
                return DerCode.Success;
            }

            code = ApplyBlock(End);
            if (code.IsError)
            {
                return code;
            }
        }
    }

    // Afterwards the largest block at this position lies in the window.
    private ValueTask<DerCode> EnsureAsync(ulong position)
    {
        long offset = _geometry.OffsetOf(position);
        return _window.Covers(offset) ? new ValueTask<DerCode>(DerCode.Success) : MoveAsync(offset);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> MoveAsync(long offset)
    {
        DerCode code = await _window.MoveAsync(offset);
        return code.IsSuccess
            ? code
            : _report.Fail(code, $"The log {_file.Path} cannot be read at {offset}: {code.Text}. Check the device; nothing was changed.");
    }

    private DerCode Refuse(ulong position, string why) => _report.Fail(
        DerCode.DfInval,
        $"The log {_file.Path} is damaged at position {position} (byte {_geometry.OffsetOf(position)} of the file): {why}. "
        + "Going on would lose acknowledged updates, so the store was not opened and nothing was changed. Restore the file from a copy.");
}
