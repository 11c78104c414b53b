using Daos.Fabric.Client.Calls;
using Daos.Fabric.Client.Contexts;
using Daos.Fabric.Client.KeyValues;
using Daos.Fabric.Protocol;
using Daos.Fabric.Transport;

namespace Daos.Fabric.Client.Sessions;

/// <summary>
/// A key-value object on a context that its application drives itself: the calls of <see cref="DaosKeyValue"/> with codes instead of
/// exceptions and without a thread to cross. Owned by the context's loop; allocates nothing per call. DER_AGAIN when
/// <see cref="ClientLimits.OperationsMax"/> calls of the context are under way.
/// </summary>
public sealed class KeyValueSession
{
    private readonly ContainerSession _container;
    private readonly ClientContext _context;

    internal KeyValueSession(ContainerSession container, ObjectId id)
    {
        _container = container;
        _context = container.Context;
        Id = id;
    }

    /// <summary>The object.</summary>
    public ObjectId Id { get; }

    /// <summary>
    /// Stores a value. Key and value are copied before this returns, a value above 19 KiB is borrowed until the call has completed.
    /// </summary>
    public ValueTask<DerCode> PutAsync(ReadOnlySpan<byte> key, ReadOnlyMemory<byte> value, PutCondition condition = PutCondition.None)
    {
        KeyPlace place = KeyPlace.Of(Id, key, _container.TargetCount, "kv put");
        KeyValueRequests.CheckValue(value.Length);
        if (_context.TryRentCall() is not { } call)
        {
            return ValueTask.FromResult(DerCode.Again);
        }

        KeyValueRequests.Put(call, _container.Handle, Id, place, key, value, condition, _container.Properties);
        return _context.RunAndReturnAsync(call);
    }

    /// <summary>
    /// Reads a value into the caller's memory, which is the call's until it has completed, and answers its length. DER_NONEXIST when the
    /// key has no value, DER_REC2BIG when it is longer than the memory.
    /// </summary>
    public ValueTask<DerResult<int>> GetAsync(ReadOnlySpan<byte> key, Memory<byte> destination)
    {
        KeyPlace place = KeyPlace.Of(Id, key, _container.TargetCount, "kv get");
        if (_context.TryRentCall() is not { } call)
        {
            return ValueTask.FromResult<DerResult<int>>(DerCode.Again);
        }

        KeyValueRequests.Get(call, _container.Handle, Id, place, key);
        call.CapacityBytes = destination.Length;
        if (destination.Length > ProtocolLimits.InlineBytesMax)
        {
            call.Borrow(destination, MemoryAccess.RemoteWrite);
        }

        return _context.ReadAndReturnAsync(call, destination);
    }

    /// <summary>Removes a key; a key without a value is no error.</summary>
    public ValueTask<DerCode> RemoveAsync(ReadOnlySpan<byte> key)
    {
        KeyPlace place = KeyPlace.Of(Id, key, _container.TargetCount, "kv remove");
        if (_context.TryRentCall() is not { } call)
        {
            return ValueTask.FromResult(DerCode.Again);
        }

        KeyValueRequests.Remove(call, _container.Handle, Id, place, key);
        return _context.RunAndReturnAsync(call);
    }
}
