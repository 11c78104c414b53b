using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store.Timestamps;

/// <summary>
/// Who read what until when (DAOS: vos_ts), so that a write which comes late does not change what a transaction or a condition has seen:
/// it must come again with a newer epoch (DER_TX_RESTART). Memory only: after a restart everything counts as read until then. Owned by one
/// xstream.
/// </summary>
/// <remarks>
/// A read at epoch e and level l notes e as <i>high</i> (something below was read) on the way down to l, and as <i>low</i> (all of it was
/// read) at l. A write is refused when a <i>low</i> above its level or the <i>high</i> at its level is newer than it, or equal and of
/// another transaction. Write timestamps are not kept: the trees themselves tell what was written when, exactly, to the few who must know
/// (<see cref="Visibility.ReadView"/>, <see cref="Punch.NewerWrites"/>). Stand-alone reads need no notes, and an epoch newer than every
/// noted read needs no look-up, so plain updates and fetches never touch the tables.
/// </remarks>
internal sealed class ReadTimestamps(ulong floor)
{
    /// <summary>The reader that a snapshot is: no writer is the same.</summary>
    public const ulong SnapshotReader = 4;

    private readonly ulong _floor = floor;
    private TimestampTable[]? _tables;
    private ulong _newest = floor;

    /// <summary>Who reads or writes: the same for everything that one transaction or one modification does.</summary>
    public static ulong ReaderOf(in ObjectTarget target)
    {
        if (!target.Transaction.IsSet && !target.Modification.IsTracked)
        {
            // What the engine does by itself at one epoch belongs together.
            return 1;
        }

        Guid client = target.Transaction.IsSet ? target.Transaction.Client : target.Modification.ClientId;
        ulong number = target.Transaction.IsSet ? target.Transaction.Hlc : ~target.Modification.Sequence;
        Span<byte> id = stackalloc byte[16];
        client.TryWriteBytes(id, bigEndian: true, out _);
        return KeyHash.Compute(KeyHash.Compute(id), number) | 2;
    }

    /// <summary>Notes a read at an epoch of everything that a path leads to.</summary>
    public void Note(in EntityPath path, ulong epoch, ulong reader)
    {
        TimestampTable[] tables = _tables ??= Make();
        _newest = Math.Max(_newest, epoch);
        tables[0].Note(path.Container, epoch, reader, path.Level == TimestampLevel.Container);
        if (path.Level >= TimestampLevel.Object)
        {
            tables[1].Note(path.Object, epoch, reader, path.Level == TimestampLevel.Object);
        }

        if (path.Level >= TimestampLevel.Dkey)
        {
            tables[2].Note(path.Dkey, epoch, reader, path.Level == TimestampLevel.Dkey);
        }

        if (path.Level == TimestampLevel.Akey)
        {
            tables[3].Note(path.Akey, epoch, reader, all: true);
        }
    }

    /// <summary>True when no read can stand against a write at an epoch: it needs no <see cref="Forbids"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsFree(ulong epoch) => epoch > _newest;

    /// <summary>True when something was read that a write at an epoch would change.</summary>
    public bool Forbids(in EntityPath path, ulong epoch, ulong writer)
    {
        if (epoch <= _floor)
        {
            return true;
        }

        if (_tables is null)
        {
            return false;
        }

        ReadEntry container = _tables[0].Find(path.Container);
        ReadEntry found = path.Level >= TimestampLevel.Object ? _tables[1].Find(path.Object) : default;
        ReadEntry dkey = path.Level >= TimestampLevel.Dkey ? _tables[2].Find(path.Dkey) : default;
        ReadEntry akey = path.Level == TimestampLevel.Akey ? _tables[3].Find(path.Akey) : default;
        return path.Level switch
        {
            TimestampLevel.Container => container.High.Forbids(epoch, writer),
            TimestampLevel.Object => container.Low.Forbids(epoch, writer) || found.High.Forbids(epoch, writer),
            TimestampLevel.Dkey => container.Low.Forbids(epoch, writer)
                || found.Low.Forbids(epoch, writer)
                || dkey.High.Forbids(epoch, writer),
            _ => container.Low.Forbids(epoch, writer)
                || found.Low.Forbids(epoch, writer)
                || dkey.Low.Forbids(epoch, writer)
                || akey.High.Forbids(epoch, writer),
        };
    }

    private static TimestampTable[] Make() =>
    [
        new(ObjectLimits.ReadContainerSetsLog2),
        new(ObjectLimits.ReadObjectSetsLog2),
        new(ObjectLimits.ReadDkeySetsLog2),
        new(ObjectLimits.ReadAkeySetsLog2),
    ];
}
