using Daos.Fabric.Client.Calls;
using Daos.Fabric.Client.Contexts;
using Daos.Fabric.Client.KeyValues;
using Daos.Fabric.Client.Objects;
using Daos.Fabric.Protocol.Objects;

namespace Daos.Fabric.Client.Sessions;

/// <summary>
/// An object with two levels of keys on a context that its application drives itself: the calls of <see cref="DaosObject"/> with codes
/// instead of exceptions and without a thread to cross. Owned by the context's loop. DER_AGAIN when
/// <see cref="ClientLimits.OperationsMax"/> calls of the context are under way.
/// </summary>
public sealed class ObjectSession
{
    private readonly ContainerSession _container;
    private readonly ClientContext _context;

    internal ObjectSession(ContainerSession container, ObjectId id)
    {
        _container = container;
        _context = container.Context;
        Id = id;
    }

    /// <summary>The object.</summary>
    public ObjectId Id { get; }

    /// <summary>Writes values under one dkey, all of them or none; memory as for <see cref="DaosObject"/>.</summary>
    public ValueTask<DerCode> UpdateAsync(
        ReadOnlySpan<byte> dkey,
        ReadOnlySpan<DaosUpdateIod> iods,
        ObjectConditions conditions = ObjectConditions.None)
    {
        KeyPlace place = KeyPlace.Of(Id, dkey, _container.TargetCount, "update");
        if (_context.TryRentCall() is not { } call)
        {
            return ValueTask.FromResult(DerCode.Again);
        }

        var target = new ObjectTarget(_container.Handle, Id, place.Hash, Epoch.None, (ObjectFlags)conditions);
        try
        {
            ObjectIoRequests.Update(call, in target, place.Target, dkey, iods, _container.Properties, _context.Blocks);
        }
        catch
        {
            _context.ReturnCall(call);
            throw;
        }

        return _context.RunAndReturnAsync(call);
    }

    /// <summary>Reads values under one dkey into the memory of the iods, and fills in what was found.</summary>
    public ValueTask<DerCode> FetchAsync(ReadOnlySpan<byte> dkey, DaosFetchIod[] iods, ObjectConditions conditions = ObjectConditions.None)
    {
        KeyPlace place = KeyPlace.Of(Id, dkey, _container.TargetCount, "fetch");
        if (_context.TryRentCall() is not { } call)
        {
            return ValueTask.FromResult(DerCode.Again);
        }

        var target = new ObjectTarget(_container.Handle, Id, place.Hash, Epoch.None, (ObjectFlags)conditions);
        bool isInline;
        try
        {
            isInline = ObjectIoRequests.Fetch(call, in target, place.Target, dkey, iods, _context.Blocks);
        }
        catch
        {
            _context.ReturnCall(call);
            throw;
        }

        return FetchAsync(call, iods, isInline);
    }

    /// <summary>Removes a dkey with everything under it.</summary>
    public ValueTask<DerCode> PunchDkeyAsync(ReadOnlySpan<byte> dkey, ObjectConditions conditions = ObjectConditions.None)
    {
        KeyPlace place = KeyPlace.Of(Id, dkey, _container.TargetCount, "punch dkey");
        if (_context.TryRentCall() is not { } call)
        {
            return ValueTask.FromResult(DerCode.Again);
        }

        ObjectRequests.PunchDkey(call, _container.Handle, Id, place, dkey, conditions);
        return _context.RunAndReturnAsync(call);
    }

    /// <summary>Removes akeys of a dkey, all of them or none.</summary>
    public ValueTask<DerCode> PunchAkeysAsync(
        ReadOnlySpan<byte> dkey,
        ReadOnlySpan<ReadOnlyMemory<byte>> akeys,
        ObjectConditions conditions = ObjectConditions.None)
    {
        KeyPlace place = KeyPlace.Of(Id, dkey, _container.TargetCount, "punch akeys");
        if (_context.TryRentCall() is not { } call)
        {
            return ValueTask.FromResult(DerCode.Again);
        }

        ObjectRequests.PunchAkeys(call, _container.Handle, Id, place, dkey, akeys, conditions);
        return _context.RunAndReturnAsync(call);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> FetchAsync(ClientCall call, DaosFetchIod[] iods, bool isInline)
    {
        DerCode code = await _context.RunAsync(call);
        try
        {
            if (code.IsSuccess)
            {
                code = FetchResults.Fill(call, iods, isInline);
            }
        }
        finally
        {
            _context.ReturnCall(call);
        }

        return code;
    }
}
