using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Engine.Devices;
using Daos.Fabric.Store.Results;

namespace Daos.Fabric.Engine.Services;

/// <summary>
/// The durable tables of the engine, in a small store of their own. A table is an object with integer dkeys: dkey 0 counts the slots,
/// dkey n holds the record of slot n, its UUID (16 bytes) first; an empty value is a free slot. A change is durable when its task ends, and
/// may carry the result that a resend gets. One change at a time. Owned by the system xstream.
/// </summary>
internal sealed partial class SystemRecords : IAsyncDisposable
{
    private const int RecordBytesMax = 2048;

    private readonly EngineContext _engine;
    private readonly StoreShard _store;
    private readonly NativeSlab _scratch = new(NativeSlab.PageBytes);
    private readonly Dictionary<RecordKind, Table> _tables = [];

    private SystemRecords(EngineContext engine, StoreShard store)
    {
        _engine = engine;
        _store = store;
        foreach (RecordKind kind in Enum.GetValues<RecordKind>())
        {
            _tables.Add(kind, new Table());
        }
    }

    /// <summary>Makes or opens the store. Throws <see cref="DaosException"/> with one sentence.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public static async ValueTask<SystemRecords> OpenAsync(EngineContext engine, bool isNew)
    {
        // Until it is open the exception tells what failed.
        bool isOpen = false;
        var options = new StoreOptions
        {
            Path = engine.Paths.System,
            Hlc = engine.Hlc,
            Random = engine.System.Random.Fork(),
            ArenaReserveBytes = Limits.SystemArenaBytes,
            LogBytes = Limits.SystemLogBytes,
            LogBlockBytes = Limits.SystemLogBlockBytes,
            DataBytes = Limits.SystemDataBytes,
            MediaBufferCount = 1,
            SmallBufferCount = 1,
            IsVolatile = engine.Options.Volatile,
            Report = new StoreReport { Notice = Tell },
        };
        Xstream loop = engine.System.Xstream;
        DerResult<StoreShard> store = isNew ? await StoreShard.CreateAsync(loop, options) : await StoreShard.OpenAsync(loop, options);
        isOpen = store.IsSuccess;
        return isOpen
            ? new SystemRecords(engine, store.Value)
            : throw new DaosException(store.Code, "start engine", engine.Options.Path, options.Report.LastError);

        void Tell(string sentence)
        {
            if (isOpen)
            {
                engine.Log(sentence);
            }
        }
    }

    /// <summary>Lays the tables into a new store.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    public async ValueTask FormatAsync(EngineRecord record)
    {
        DerCode code = await MakeContainerAsync();
        if (code.IsSuccess)
        {
            byte[] bytes = new byte[EngineRecord.BytesMax];
            code = await PutAsync(RecordKind.Engine, s_container.Value, bytes.AsMemory(0, record.Write(bytes)), default);
        }

        if (code.IsError)
        {
            throw Failure(code, "the system store cannot be written");
        }
    }

    /// <summary>Reads how the storage was formatted and compares. Throws <see cref="DaosException"/>.</summary>
    public void Check(EngineRecord expected)
    {
        EngineRecord? found = null;
        Load(RecordKind.Engine, (_, bytes) =>
        {
            DerCode code = EngineRecord.Read(bytes, out EngineRecord record);
            found = code.IsSuccess ? record : throw Failure(code, code == DerCode.DfIncompt
                ? "the storage was formatted by a newer daos_engine; use that version"
                : "the record of how the storage was formatted is damaged");
        });
        if (found != expected)
        {
            throw Failure(DerCode.DfInval, found is null
                ? "the record of how the storage was formatted is missing"
                : $"the storage was formatted for {found.Value.Targets} targets but its directory lists {expected.Targets}");
        }
    }

    /// <summary>Gives every record of a table to the caller; start-up only.</summary>
    public void Load(RecordKind kind, RecordReader reader)
    {
        Table table = _tables[kind];
        byte[] bytes = new byte[RecordBytesMax];
        int length = ReadSlot(kind, 0, bytes);
        ulong count = length == sizeof(ulong) ? BitConverter.ToUInt64(bytes) : 0;
        table.SlotCount = count;
        for (ulong slot = 1; slot <= count; slot++)
        {
            length = ReadSlot(kind, slot, bytes);
            if (length < 16)
            {
                table.Free.Push(slot);
                continue;
            }

            var key = new Guid(bytes.AsSpan(0, 16), bigEndian: true);
            table.Slots[key] = slot;
            reader(key, bytes.AsSpan(16, length - 16));
        }
    }

    /// <summary>Identity of this storage: drawn when it was formatted, another one for each. Without meaning when it is volatile.</summary>
    public Guid StorageId => _store.Id;

    /// <summary>Writes a pool's record.</summary>
    public ValueTask<DerCode> PutAsync(PoolEntry pool, ModificationInfo identity = default)
    {
        byte[] bytes = new byte[PoolEntry.BytesMax];
        return PutAsync(RecordKind.Pool, pool.Id.Value, bytes.AsMemory(0, pool.Write(bytes)), identity);
    }

    /// <summary>Writes a container's record.</summary>
    public ValueTask<DerCode> PutAsync(ContainerEntry container, ModificationInfo identity = default)
    {
        byte[] bytes = new byte[ContainerEntry.BytesMax];
        return PutAsync(RecordKind.Container, container.Id.Value, bytes.AsMemory(0, container.Write(bytes)), identity);
    }

    /// <summary>Writes a handle's record.</summary>
    public ValueTask<DerCode> PutAsync(HandleEntry handle)
    {
        byte[] bytes = new byte[HandleEntry.BytesMax];
        return PutAsync(handle.Kind, handle.Handle, bytes.AsMemory(0, handle.Write(bytes)), default);
    }

    /// <summary>Writes a snapshot's record.</summary>
    public ValueTask<DerCode> PutAsync(SnapshotEntry snapshot, ModificationInfo identity = default)
    {
        byte[] bytes = new byte[SnapshotEntry.BytesMax];
        return PutAsync(RecordKind.Snapshot, snapshot.Id, bytes.AsMemory(0, snapshot.Write(bytes)), identity);
    }

    /// <summary>Waits until the clock's durable ceiling lies ahead, so that an epoch can be minted. DER_IO, DER_SHUTDOWN.</summary>
    public ValueTask<DerCode> AdmitAsync() => _store.AdmitAsync();

    /// <summary>Writes a device's record.</summary>
    public ValueTask<DerCode> PutAsync(DeviceEntry device)
    {
        byte[] bytes = new byte[DeviceEntry.BytesMax];
        return PutAsync(RecordKind.Device, device.Key, bytes.AsMemory(0, device.Write(bytes)), default);
    }

    /// <summary>Removes a record; success when there is none.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> DeleteAsync(RecordKind kind, Guid key, ModificationInfo identity = default)
    {
        Table table = _tables[kind];
        if (!table.Slots.TryGetValue(key, out ulong slot))
        {
            return DerCode.Success;
        }

        DerCode code = await WriteSlotAsync(kind, slot, default, default, identity);
        if (code.IsSuccess)
        {
            table.Slots.Remove(key);
            table.Free.Push(slot);
        }

        return code;
    }

    /// <summary>
    /// True when the modification was answered before, with that answer: success, or DER_EP_OLD when it was so long ago that the result is
    /// gone.
    /// </summary>
    public bool TryGetResult(ModificationInfo identity, out DerCode code)
    {
        code = DerCode.Success;
        if (identity.ClientId == Guid.Empty)
        {
            return false;
        }

        DerCode found = _store.FindResult(IdOf(identity), out StoredResult result, out _);
        code = found.IsSuccess ? result.Code : found;
        return found != DerCode.Nonexist;
    }

    /// <summary>For simulations, which free the memory of engines that crashed.</summary>
    internal StoreShard Store => _store;

    /// <summary>Closes the store with a last checkpoint.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    public async ValueTask DisposeAsync()
    {
        await _store.CloseAsync();
        _scratch.Dispose();
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> PutAsync(RecordKind kind, Guid key, ReadOnlyMemory<byte> payload, ModificationInfo identity)
    {
        Table table = _tables[kind];
        if (!table.Slots.TryGetValue(key, out ulong slot) && !table.Free.TryPop(out slot))
        {
            slot = table.SlotCount + 1;
            DerCode grown = await WriteSlotAsync(kind, 0, default, BitConverter.GetBytes(slot), default);
            if (grown.IsError)
            {
                return grown;
            }

            table.SlotCount = slot;
        }

        DerCode code = await WriteSlotAsync(kind, slot, key, payload, identity);
        if (code.IsSuccess)
        {
            table.Slots[key] = slot;
        }
        else if (!table.Slots.ContainsKey(key))
        {
            table.Free.Push(slot);
        }

        return code;
    }

    private DaosException Failure(DerCode code, string sentence) => new(code, "start engine", _engine.Options.Path, sentence);

    /// <summary>Which slot holds which record.</summary>
    private sealed class Table
    {
        public readonly Dictionary<Guid, ulong> Slots = [];
        public readonly Stack<ulong> Free = new();
        public ulong SlotCount;
    }
}
