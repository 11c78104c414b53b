namespace Daos.Fabric.Store.Containers;

/// <summary>
/// The containers of a shard, by id. Destroying takes the id out at once and hands the record to a second table, from which the reclaim
/// steps free what hangs on it. Owned by one xstream.
/// </summary>
internal sealed unsafe class ContainerTable(TreeMemory memory)
{
    private Guid _cachedId;
    private ulong _cachedRecord;

    private ulong Root => memory.Arena.Root(StoreRootDf.RootSlot);

    /// <summary>The container's record, or 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Find(ContainerId id) => id.Value == _cachedId && _cachedRecord != 0 ? _cachedRecord : FindInTree(id);

    /// <summary>Adds a container, in the transaction under way. DER_EXIST, DER_NOSPACE.</summary>
    public DerCode Create(ContainerId id)
    {
        ulong record = memory.Transaction.Allocate(ContainerDf.SizeBytes);
        if (record == 0)
        {
            return DerCode.NoSpace;
        }

        var container = memory.Read<ContainerDf>(record);
        id.Write(new Span<byte>(container->Id, ContainerId.SizeBytes));
        container->State = ContainerState.Live;
        return BTree.Insert(memory, Root + StoreRootDf.ContainersOffset, new IdentityKey(id.Value), record);
    }

    /// <summary>Takes a container's id out, in the transaction under way. DER_NONEXIST, DER_NOSPACE.</summary>
    public DerCode Destroy(ContainerId id)
    {
        ulong record = BTree.Remove(memory, Root + StoreRootDf.ContainersOffset, new IdentityKey(id.Value));
        if (record == 0)
        {
            return DerCode.Nonexist;
        }

        Forget();
        memory.Edit<ContainerDf>(record)->State = ContainerState.Destroying;
        return BTree.Insert(memory, Root + StoreRootDf.DestroyedOffset, new OffsetKey(record), record);
    }

    /// <summary>The first container at or after an id in the order of ids, 0 after the last; for listings and scans.</summary>
    public ulong AtLeast(Guid id)
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(memory.Arena, memory.Word(Root + StoreRootDf.ContainersOffset));
        return cursor.SeekAtLeast(new IdentityKey(id)) ? cursor.Record : 0;
    }

    /// <summary>The id after an id, empty after the last, to go on with <see cref="AtLeast"/>.</summary>
    public static Guid After(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        for (int i = 15; i >= 0; i--)
        {
            if (++bytes[i] != 0)
            {
                break;
            }
        }

        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>Every container, in the order of their ids.</summary>
    public IReadOnlyList<ContainerId> List()
    {
        var ids = new List<ContainerId>();
        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(memory.Arena, memory.Word(Root + StoreRootDf.ContainersOffset));
        for (bool more = cursor.SeekFirst(); more; more = cursor.MoveNext())
        {
            ids.Add(IdOf(cursor.Record));
        }

        return ids;
    }

    /// <summary>A container that waits to be freed, or 0.</summary>
    public ulong FirstDestroyed()
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(memory.Arena, memory.Word(Root + StoreRootDf.DestroyedOffset));
        return cursor.SeekFirst() ? cursor.Record : 0;
    }

    /// <summary>Frees the record of a destroyed container that is empty now, in the transaction under way.</summary>
    public void Free(ulong record)
    {
        var container = memory.Read<ContainerDf>(record);
        Invariant.Check(container->Objects == 0);
        Invariant.Check(container->Active == 0);
        Invariant.Check(container->Committed == 0);
        Invariant.Check(BTree.Remove(memory, Root + StoreRootDf.DestroyedOffset, new OffsetKey(record)) == record);
        memory.Transaction.Free(record, ContainerDf.SizeBytes);
    }

    /// <summary>The id of a container's record.</summary>
    public ContainerId IdOf(ulong record) =>
        ContainerId.Read(new ReadOnlySpan<byte>(memory.Read<ContainerDf>(record)->Id, ContainerId.SizeBytes));

    /// <summary>Drops what is remembered outside the arena: after an abort and when containers go.</summary>
    public void Forget()
    {
        _cachedId = default;
        _cachedRecord = 0;
    }

    private ulong FindInTree(ContainerId id)
    {
        ulong record = BTree.Find(memory.Arena, memory.Word(Root + StoreRootDf.ContainersOffset), new IdentityKey(id.Value));
        if (record != 0)
        {
            _cachedId = id.Value;
            _cachedRecord = record;
        }

        return record;
    }
}
