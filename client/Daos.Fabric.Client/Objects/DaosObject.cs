using System.Runtime.CompilerServices;
using Daos.Fabric.Client.Containers;
using Daos.Fabric.Client.KeyValues;
using Daos.Fabric.Client.Memory;
using Daos.Fabric.Client.Operations;
using Daos.Fabric.Protocol;
using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Protocol.Placement;

namespace Daos.Fabric.Client.Objects;

/// <summary>
/// An object with two levels of keys: dkeys, which spread over the targets, and under each dkey akeys that hold a single value or an array
/// (DAOS: daos_obj_*). Any thread, any number of calls at once. Keys are copied before a call returns; so are values when those of one call
/// have at most 19 KiB together. Larger memory belongs to the call until it has completed, also when it is cancelled.
/// </summary>
/// <remarks>
/// Every call fails with <see cref="DaosException"/>: DER_KEY2BIG, DER_REC2BIG, DER_IO_INVAL when extents and memory do not fit each other,
/// DER_EXIST and DER_NONEXIST by conditions, DER_TIMEDOUT when there was no answer in time (a modification may then have happened or not),
/// DER_NOSPACE, DER_NO_HDL, DER_CSUM; and with <see cref="OperationCanceledException"/>.
/// </remarks>
public sealed class DaosObject
{
    private readonly DaosContainer _container;

    internal DaosObject(DaosContainer container, ObjectId id)
    {
        _container = container;
        Id = id;
    }

    /// <summary>The object.</summary>
    public ObjectId Id { get; }

    private NativeBlockPool Blocks => _container.System.Blocks;

    /// <summary>Writes values under one dkey, all of them or none. When it completes they are durable (in a volatile system: in memory).</summary>
    public ValueTask UpdateAsync(
        ReadOnlySpan<byte> dkey,
        ReadOnlySpan<DaosUpdateIod> iods,
        ObjectConditions conditions = ObjectConditions.None,
        CancellationToken cancellationToken = default)
    {
        KeyPlace place = Place(dkey, "update");
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        OperationPool pool = _container.System.OperationsOf(place.Target);
        if (pool.TryRent() is not { } operation)
        {
            return UpdateSlowAsync(pool, dkey.ToArray(), iods.ToArray(), conditions, cancellationToken);
        }

        EncodeUpdate(operation, place, dkey, iods, conditions);
        return operation.Start("update", cancellationToken).Done;
    }

    /// <summary>Writes one akey.</summary>
    public ValueTask UpdateAsync(
        ReadOnlySpan<byte> dkey,
        DaosUpdateIod iod,
        ObjectConditions conditions = ObjectConditions.None,
        CancellationToken cancellationToken = default) =>
        UpdateAsync(dkey, new ReadOnlySpan<DaosUpdateIod>(in iod), conditions, cancellationToken);

    /// <summary>
    /// Reads values under one dkey into the memory of the iods, and fills in what was found. What does not exist is no error: sizes are 0.
    /// </summary>
    public ValueTask FetchAsync(
        ReadOnlySpan<byte> dkey,
        IReadOnlyList<DaosFetchIod> iods,
        ObjectConditions conditions = ObjectConditions.None,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(iods);
        KeyPlace place = Place(dkey, "fetch");
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        OperationPool pool = _container.System.OperationsOf(place.Target);
        if (pool.TryRent() is not { } operation)
        {
            return FetchSlowAsync(pool, dkey.ToArray(), [.. iods], conditions, cancellationToken);
        }

        EncodeFetch(operation, place, dkey, iods, conditions);
        return operation.Start("fetch", cancellationToken).Done;
    }

    /// <summary>Removes the whole object, target by target: with several targets others may see it half removed.</summary>
    public async ValueTask PunchAsync(ObjectConditions conditions = ObjectConditions.None, CancellationToken cancellationToken = default)
    {
        for (int group = 0; group < GroupCount; group++)
        {
            int target = TargetOfGroup(group);
            ClientOperation operation = await RentAsync(target, "punch", cancellationToken).ConfigureAwait(false);
            ObjectRequests.PunchObject(operation.Call, _container.Handle, Id, target, conditions);
            await operation.Start("punch", cancellationToken).Done.ConfigureAwait(false);
        }
    }

    /// <summary>Removes a dkey with everything under it.</summary>
    public ValueTask PunchDkeyAsync(
        ReadOnlySpan<byte> dkey,
        ObjectConditions conditions = ObjectConditions.None,
        CancellationToken cancellationToken = default) =>
        PunchAsync(Place(dkey, "punch dkey"), dkey.ToArray(), [], conditions, cancellationToken);

    /// <summary>Removes akeys of a dkey, all of them or none.</summary>
    public ValueTask PunchAkeysAsync(
        ReadOnlySpan<byte> dkey,
        IReadOnlyList<ReadOnlyMemory<byte>> akeys,
        ObjectConditions conditions = ObjectConditions.None,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(akeys);
        if (akeys.Count is 0 or > ProtocolLimits.IodsMax)
        {
            throw new DaosException(DerCode.Invalid, "punch akeys", detail: $"A call has 1 to {ProtocolLimits.IodsMax} akeys, this one has {akeys.Count}");
        }

        return PunchAsync(Place(dkey, "punch akeys"), dkey.ToArray(), [.. akeys], conditions, cancellationToken);
    }

    /// <summary>Removes records of an array: they become a hole. At most 1024 extents.</summary>
    public ValueTask PunchExtentsAsync(
        ReadOnlySpan<byte> dkey,
        ReadOnlyMemory<byte> akey,
        IReadOnlyList<Recx> extents,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(extents);
        return PunchExtentsAsync(Place(dkey, "punch extents"), dkey.ToArray(), akey, [.. extents], cancellationToken);
    }

    /// <summary>Every dkey, target by target, in the object's key order within each; keys written or removed meanwhile may or may not appear.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ListDkeysAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (int group = 0; group < GroupCount; group++)
        {
            var pages = new KeyPages(_container, Id, new KeyPlace(0, TargetOfGroup(group)), [], []);
            while (await pages.NextAsync("list dkeys", cancellationToken).ConfigureAwait(false))
            {
                foreach (ReadOnlyMemory<byte> key in pages.Keys)
                {
                    yield return key;
                }
            }
        }
    }

    /// <summary>Every akey of a dkey, in the object's key order.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ListAkeysAsync(
        ReadOnlyMemory<byte> dkey,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var pages = new KeyPages(_container, Id, Place(dkey.Span, "list akeys"), dkey.ToArray(), []);
        while (await pages.NextAsync("list akeys", cancellationToken).ConfigureAwait(false))
        {
            foreach (ReadOnlyMemory<byte> key in pages.Keys)
            {
                yield return key;
            }
        }
    }

    /// <summary>The runs of records that an array akey has, by rising index.</summary>
    public async IAsyncEnumerable<Recx> ListExtentsAsync(
        ReadOnlyMemory<byte> dkey,
        ReadOnlyMemory<byte> akey,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var pages = new KeyPages(_container, Id, Place(dkey.Span, "list extents"), dkey.ToArray(), akey.ToArray());
        while (await pages.NextAsync("list extents", cancellationToken).ConfigureAwait(false))
        {
            foreach (Recx extent in pages.Extents)
            {
                yield return extent;
            }
        }
    }

    /// <summary>
    /// The largest (or smallest) dkey of an object with integer dkeys, and under it the largest (or smallest) index of an array akey, over
    /// all targets; null when there is none.
    /// </summary>
    public async ValueTask<QueryKeyReply?> QueryDkeyAsync(
        ReadOnlyMemory<byte> akey,
        bool largest = true,
        CancellationToken cancellationToken = default)
    {
        ObjectFlags what = ObjectFlags.QueryDkey | (akey.IsEmpty ? ObjectFlags.None : ObjectFlags.QueryRecx);
        QueryKeyReply? best = null;
        for (int group = 0; group < GroupCount; group++)
        {
            QueryKeyReply? found = await QueryAsync(new KeyPlace(0, TargetOfGroup(group)), [], akey, what, largest, cancellationToken)
                .ConfigureAwait(false);
            if (found is { } reply && (best is null || (largest ? reply.Dkey > best.Value.Dkey : reply.Dkey < best.Value.Dkey)))
            {
                best = reply;
            }
        }

        return best;
    }

    /// <summary>The run of records with the largest (or smallest) index of an array akey; null when there is none.</summary>
    public async ValueTask<Recx?> QueryExtentAsync(
        ReadOnlyMemory<byte> dkey,
        ReadOnlyMemory<byte> akey,
        bool largest = true,
        CancellationToken cancellationToken = default)
    {
        KeyPlace place = Place(dkey.Span, "query key");
        QueryKeyReply? found = await QueryAsync(place, dkey.ToArray(), akey, ObjectFlags.QueryRecx, largest, cancellationToken).ConfigureAwait(false);
        return found?.Recx;
    }

    /// <summary>
    /// The epoch of the newest write or punch of the object, over all targets (daos_obj_query_max_epoch); <see cref="Epoch.None"/> when it does
    /// not exist. Nothing newer was written when it stands still; aborted modifications may move it. A handle at a snapshot tells the newest
    /// write there is, not that of the snapshot.
    /// </summary>
    /// <exception cref="DaosException">As for every call on an object.</exception>
    public async ValueTask<Epoch> QueryNewestWriteAsync(CancellationToken cancellationToken = default)
    {
        Epoch newest = Epoch.None;
        for (int group = 0; group < GroupCount; group++)
        {
            var place = new KeyPlace(0, TargetOfGroup(group));
            QueryKeyReply? found = await QueryAsync(place, [], default, ObjectFlags.QueryNewestWrite, largest: false, cancellationToken)
                .ConfigureAwait(false);
            newest = found is { } reply && reply.NewestWrite.Value > newest.Value ? reply.NewestWrite : newest;
        }

        return newest;
    }

    internal int GroupCount => ObjectPlacement.GroupsOf(Id, _container.TargetCount);

    internal int TargetOfGroup(int group) => ObjectPlacement.TargetOfGroup(Id, group, _container.TargetCount);

    private KeyPlace Place(ReadOnlySpan<byte> dkey, string operation) => KeyPlace.Of(Id, dkey, _container.TargetCount, operation);

    private ValueTask<ClientOperation> RentAsync(int target, string name, CancellationToken token) =>
        _container.System.OperationsOf(target).RentAsync(name, token);

    private void EncodeUpdate(
        ClientOperation operation,
        KeyPlace place,
        ReadOnlySpan<byte> dkey,
        ReadOnlySpan<DaosUpdateIod> iods,
        ObjectConditions conditions)
    {
        var target = new ObjectTarget(_container.Handle, Id, place.Hash, Epoch.None, (ObjectFlags)conditions);
        try
        {
            ObjectIoRequests.Update(operation.Call, in target, place.Target, dkey, iods, _container.Properties, Blocks);
        }
        catch
        {
            operation.Abandon();
            throw;
        }
    }

    private async ValueTask UpdateSlowAsync(
        OperationPool pool,
        byte[] dkey,
        DaosUpdateIod[] iods,
        ObjectConditions conditions,
        CancellationToken token)
    {
        DaosUpdateIod[] kept = [.. iods.Select(static iod => iod.CopyIfEager())];
        ClientOperation operation = await pool.RentAsync("update", token).ConfigureAwait(false);
        EncodeUpdate(operation, Place(dkey, "update"), dkey, kept, conditions);
        await operation.Start("update", token).Done.ConfigureAwait(false);
    }

    private void EncodeFetch(
        ClientOperation operation,
        KeyPlace place,
        ReadOnlySpan<byte> dkey,
        IReadOnlyList<DaosFetchIod> iods,
        ObjectConditions conditions)
    {
        var target = new ObjectTarget(_container.Handle, Id, place.Hash, Epoch.None, (ObjectFlags)conditions);
        try
        {
            ReadOnlySpan<DaosFetchIod> kept = operation.KeepFetches(iods);
            operation.FetchesInline = ObjectIoRequests.Fetch(operation.Call, in target, place.Target, dkey, kept, Blocks);
        }
        catch
        {
            operation.Abandon();
            throw;
        }
    }

    private async ValueTask FetchSlowAsync(
        OperationPool pool,
        byte[] dkey,
        DaosFetchIod[] iods,
        ObjectConditions conditions,
        CancellationToken token)
    {
        ClientOperation operation = await pool.RentAsync("fetch", token).ConfigureAwait(false);
        EncodeFetch(operation, Place(dkey, "fetch"), dkey, iods, conditions);
        await operation.Start("fetch", token).Done.ConfigureAwait(false);
    }

    private async ValueTask PunchAsync(
        KeyPlace place,
        byte[] dkey,
        ReadOnlyMemory<byte>[] akeys,
        ObjectConditions conditions,
        CancellationToken token)
    {
        string name = akeys.Length == 0 ? "punch dkey" : "punch akeys";
        ClientOperation operation = await RentAsync(place.Target, name, token).ConfigureAwait(false);
        if (akeys.Length == 0)
        {
            ObjectRequests.PunchDkey(operation.Call, _container.Handle, Id, place, dkey, conditions);
        }
        else
        {
            ObjectRequests.PunchAkeys(operation.Call, _container.Handle, Id, place, dkey, akeys, conditions);
        }

        await operation.Start(name, token).Done.ConfigureAwait(false);
    }

    private async ValueTask PunchExtentsAsync(
        KeyPlace place,
        byte[] dkey,
        ReadOnlyMemory<byte> akey,
        Recx[] extents,
        CancellationToken token)
    {
        ClientOperation operation = await RentAsync(place.Target, "punch extents", token).ConfigureAwait(false);
        ObjectRequests.PunchExtents(operation.Call, _container.Handle, Id, place, dkey, akey.Span, extents);
        await operation.Start("punch extents", token).Done.ConfigureAwait(false);
    }

    private async ValueTask<QueryKeyReply?> QueryAsync(
        KeyPlace place,
        byte[] dkey,
        ReadOnlyMemory<byte> akey,
        ObjectFlags what,
        bool largest,
        CancellationToken token)
    {
        ClientOperation operation = await RentAsync(place.Target, "query key", token).ConfigureAwait(false);
        ObjectFlags flags = largest ? what | ObjectFlags.QueryMax : what;
        ObjectRequests.QueryKey(operation.Call, _container.Handle, Id, place, dkey, akey, flags);
        using DaosValue reply = await operation.Start("query key", token).HeldValue.ConfigureAwait(false);
        if (!reply.Exists)
        {
            return null;
        }

        return QueryKeyReply.TryRead(reply.Span, out QueryKeyReply found)
            ? found
            : throw new DaosException(DerCode.Protocol, "query key", Id.ToString());
    }
}
