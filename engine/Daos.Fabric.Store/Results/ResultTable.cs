using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store.Results;

/// <summary>
/// The results of modifications, so that a resend is answered and never executed again. One ring per client; a modification changes one
/// entry of 32 bytes in the same transaction as everything else. Owned by one xstream.
/// </summary>
/// <remarks>
/// A slot may be used again once the client has said that its old sequence is answered: two sequences that share a slot are a whole ring
/// apart, and a modification further than a ring above the client's lowest unanswered sequence makes the ring grow, up to
/// <see cref="ObjectLimits.ResultsPerClientMax"/>.
/// </remarks>
internal sealed unsafe class ResultTable
{
    private readonly TreeMemory _memory;
    private readonly Dictionary<Guid, ClientState> _clients = [];
    private Guid _lastId;
    private ClientState? _last;

    /// <param name="memory">Where the rings lie.</param>
    public ResultTable(TreeMemory memory)
    {
        _memory = memory;
        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(memory.Arena, memory.Word(ClientsRoot));
        for (bool more = cursor.SeekFirst(); more; more = cursor.MoveNext())
        {
            byte* id = memory.Read<ClientDf>(cursor.Record)->Id;
            _clients.Add(new Guid(new ReadOnlySpan<byte>(id, 16), bigEndian: true), Load(cursor.Record));
        }
    }

    /// <summary>Clients known.</summary>
    public int Count => _clients.Count;

    private ulong ClientsRoot => _memory.Arena.Root(StoreRootDf.RootSlot) + StoreRootDf.ClientsOffset;

    /// <summary>
    /// Looks a modification up before it is executed, and notes what its client has heard. Success with the first answer;
    /// DER_NONEXIST: execute it; DER_EP_OLD: it was answered long ago, do not execute it; DER_INVAL for sequence 0.
    /// </summary>
    public DerCode Find(in ModificationId id, out StoredResult result)
    {
        result = default;
        if (!id.IsTracked)
        {
            return DerCode.Nonexist;
        }

        if (id.Sequence == 0)
        {
            return DerCode.Invalid;
        }

        ClientState? client = Client(id.ClientId);
        if (client is null)
        {
            return id.Sequence < id.LowestUnanswered ? DerCode.EpochOld : DerCode.Nonexist;
        }

        client.LowestUnanswered = Math.Max(client.LowestUnanswered, id.LowestUnanswered);
        ResultDf* entry = _memory.Read<ResultDf>(SlotOf(client.Record, id.Sequence));
        if (entry->Sequence == id.Sequence)
        {
            result = new StoredResult(new DerCode(entry->Code), new Epoch(entry->Epoch));
            return DerCode.Success;
        }

        return id.Sequence < client.LowestUnanswered || entry->Sequence > id.Sequence ? DerCode.EpochOld : DerCode.Nonexist;
    }

    /// <summary>
    /// Keeps an answer, in the transaction under way. DER_NOSPACE; DER_OVERLOAD_RETRY when the client has too many in flight or there
    /// are too many clients.
    /// </summary>
    public DerCode Add(in ModificationId id, DerCode code, ulong epoch)
    {
        if (!id.IsTracked)
        {
            return DerCode.Success;
        }

        DerCode made = ClientFor(id, out ClientState? client);
        if (made.IsError)
        {
            return made;
        }

        *_memory.Edit<ResultDf>(SlotOf(client!.Record, id.Sequence)) = new ResultDf
        {
            Sequence = id.Sequence,
            Epoch = epoch,
            LowestUnanswered = client.LowestUnanswered,
            Code = code.Value,
        };
        client.NewestEpoch = Math.Max(client.NewestEpoch, epoch);
        return DerCode.Success;
    }

    /// <summary>
    /// Frees a client and its results, in the transaction under way; <see cref="Evicted"/> follows its commit. DER_NONEXIST.
    /// </summary>
    public DerCode Evict(Guid clientId)
    {
        ClientState? client = Client(clientId);
        if (client is null)
        {
            return DerCode.Nonexist;
        }

        FreeSegments(*_memory.Read<ClientDf>(client.Record));
        Invariant.Check(BTree.Remove(_memory, ClientsRoot, new IdentityKey(clientId)) == client.Record);
        _memory.Transaction.Free(client.Record, ClientDf.SizeBytes);
        return DerCode.Success;
    }

    /// <summary>The eviction of a client was committed.</summary>
    public void Evicted(Guid clientId)
    {
        _clients.Remove(clientId);
        _last = null;
    }

    /// <summary>A client without a result since an epoch, for the engine to evict; an empty id when there is none.</summary>
    public Guid FirstIdleSince(ulong epoch)
    {
        foreach ((Guid id, ClientState client) in _clients)
        {
            if (client.NewestEpoch < epoch)
            {
                return id;
            }
        }

        return Guid.Empty;
    }

    /// <summary>After an abort: what the transaction did to the last client is read again from the arena.</summary>
    public void Forget()
    {
        if (_last is null)
        {
            return;
        }

        _clients.Remove(_lastId);
        ulong record = BTree.Find(_memory.Arena, _memory.Word(ClientsRoot), new IdentityKey(_lastId));
        if (record != 0)
        {
            ClientState loaded = Load(record);
            loaded.LowestUnanswered = Math.Max(loaded.LowestUnanswered, _last.LowestUnanswered);
            _clients.Add(_lastId, loaded);
        }

        _last = null;
    }

    private ClientState? Client(Guid id)
    {
        if (_last is not null && _lastId == id)
        {
            return _last;
        }

        if (!_clients.TryGetValue(id, out ClientState? client))
        {
            return null;
        }

        _last = client;
        _lastId = id;
        return client;
    }

    private DerCode ClientFor(in ModificationId id, out ClientState? client)
    {
        client = Client(id.ClientId);
        if (client is null)
        {
            DerCode code = Create(id.ClientId);
            if (code.IsError)
            {
                return code;
            }

            client = Client(id.ClientId);
        }

        client!.LowestUnanswered = Math.Max(client.LowestUnanswered, id.LowestUnanswered);
        uint capacity = _memory.Read<ClientDf>(client.Record)->Capacity;
        ulong distance = id.Sequence - Math.Min(client.LowestUnanswered, id.Sequence);
        return distance < capacity ? DerCode.Success : Grow(client, distance);
    }

    private DerCode Create(Guid id)
    {
        if (_clients.Count >= ObjectLimits.ClientsMax)
        {
            return DerCode.OverloadRetry;
        }

        ulong record = _memory.Transaction.Allocate(ClientDf.SizeBytes);
        ulong segment = record == 0 ? 0 : _memory.Transaction.Allocate(ClientDf.CapacityMin * ResultDf.SizeBytes);
        if (segment == 0)
        {
            return DerCode.NoSpace;
        }

        var client = _memory.Read<ClientDf>(record);
        id.TryWriteBytes(new Span<byte>(client->Id, 16), bigEndian: true, out _);
        client->Capacity = ClientDf.CapacityMin;
        client->Segments[0] = segment;
        DerCode code = BTree.Insert(_memory, ClientsRoot, new IdentityKey(id), record);
        if (code.IsSuccess)
        {
            _clients.Add(id, new ClientState(record));
        }

        // Also after a failure: an abort must find this client and drop it.
        _lastId = id;
        _last = code.IsSuccess ? _clients[id] : null;
        return code;
    }

    private DerCode Grow(ClientState client, ulong distance)
    {
        ClientDf old = *_memory.Read<ClientDf>(client.Record);
        uint capacity = old.Capacity;
        while (capacity <= distance)
        {
            capacity *= 2;
            if (capacity > ObjectLimits.ResultsPerClientMax)
            {
                return DerCode.OverloadRetry;
            }
        }

        ClientDf* grown = _memory.Edit<ClientDf>(client.Record);
        grown->Capacity = capacity;
        for (int i = 0; i < ClientDf.SegmentsMax; i++)
        {
            grown->Segments[i] = 0;
            uint results = Math.Min(capacity - Math.Min(capacity, (uint)i * ClientDf.SegmentResults), ClientDf.SegmentResults);
            if (results > 0 && (grown->Segments[i] = _memory.Transaction.Allocate((int)results * ResultDf.SizeBytes)) == 0)
            {
                return DerCode.NoSpace;
            }
        }

        for (ulong slot = 0; slot < old.Capacity; slot++)
        {
            ResultDf entry = *_memory.Read<ResultDf>(SlotIn(&old, slot));
            if (entry.Sequence != 0)
            {
                // New blocks are recorded as they were allocated: they may be written as they are.
                *_memory.Read<ResultDf>(SlotOf(client.Record, entry.Sequence)) = entry;
            }
        }

        FreeSegments(old);
        return DerCode.Success;
    }

    private void FreeSegments(ClientDf client)
    {
        for (int i = 0; i < ClientDf.SegmentsMax && client.Segments[i] != 0; i++)
        {
            int results = (int)Math.Min(client.Capacity, ClientDf.SegmentResults);
            _memory.Transaction.Free(client.Segments[i], results * ResultDf.SizeBytes);
        }
    }

    private ulong SlotOf(ulong record, ulong sequence)
    {
        ClientDf* client = _memory.Read<ClientDf>(record);
        return SlotIn(client, sequence & (client->Capacity - 1));
    }

    private static ulong SlotIn(ClientDf* client, ulong slot)
    {
        Invariant.Check(slot < ObjectLimits.ResultsPerClientMax);
        return client->Segments[slot / ClientDf.SegmentResults] + (slot % ClientDf.SegmentResults * ResultDf.SizeBytes);
    }

    private ClientState Load(ulong record)
    {
        ClientDf* client = _memory.Read<ClientDf>(record);
        Invariant.Check(client->Capacity <= ObjectLimits.ResultsPerClientMax);
        var state = new ClientState(record);
        for (ulong slot = 0; slot < client->Capacity; slot++)
        {
            ResultDf* entry = _memory.Read<ResultDf>(SlotIn(client, slot));
            state.LowestUnanswered = Math.Max(state.LowestUnanswered, entry->LowestUnanswered);
            state.NewestEpoch = Math.Max(state.NewestEpoch, entry->Epoch);
        }

        return state;
    }
}
