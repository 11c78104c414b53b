using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using Daos.Fabric.Client.Containers;
using Daos.Fabric.Client.Memory;
using Daos.Fabric.Client.Objects;
using Daos.Fabric.Client.Operations;
using Daos.Fabric.Protocol;

namespace Daos.Fabric.Client.KeyValues;

/// <summary>
/// A key-value object (DAOS: daos_kv_*): each key is a dkey and spreads over the targets by its hash. Any thread, any number of calls at
/// once. Keys are copied before a call returns; so are values up to 19 KiB. A larger value, and the memory that a large value is read
/// into, belongs to the call until it has completed, also when it is cancelled.
/// </summary>
/// <remarks>
/// Every call fails with <see cref="DaosException"/>: DER_KEY2BIG for keys above 4096 bytes, DER_TIMEDOUT when there was no answer in time
/// (a put may then have happened or not), DER_NOSPACE, DER_NO_HDL, DER_CSUM; and with <see cref="OperationCanceledException"/>.
/// </remarks>
public sealed class DaosKeyValue
{
    private readonly DaosContainer _container;

    internal DaosKeyValue(DaosContainer container, ObjectId id)
    {
        _container = container;
        Id = id;
    }

    /// <summary>The object.</summary>
    public ObjectId Id { get; }

    /// <summary>Stores a value. When it completes the value is durable (in a volatile system: in memory).</summary>
    public ValueTask PutAsync(ReadOnlySpan<byte> key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default) =>
        PutAsync(key, value, PutCondition.None, cancellationToken);

    /// <summary>Stores a value if the condition holds, else fails with DER_EXIST or DER_NONEXIST.</summary>
    public ValueTask PutAsync(
        ReadOnlySpan<byte> key,
        ReadOnlyMemory<byte> value,
        PutCondition condition,
        CancellationToken cancellationToken = default)
    {
        KeyPlace place = Place(key, "kv put");
        KeyValueRequests.CheckValue(value.Length);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        OperationPool pool = _container.System.OperationsOf(place.Target);
        if (pool.TryRent() is not { } operation)
        {
            ReadOnlyMemory<byte> kept = value.Length <= ProtocolLimits.InlineBytesMax ? value.ToArray() : value;
            return PutSlowAsync(pool, key.ToArray(), kept, condition, cancellationToken);
        }

        KeyValueRequests.Put(operation.Call, _container.Handle, Id, place, key, value, condition, _container.Properties);
        return operation.Start("kv put", cancellationToken).Done;
    }

    /// <summary>Stores a value under the UTF-8 bytes of the key.</summary>
    [SkipLocalsInit]
    public ValueTask PutAsync(string key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default) =>
        PutAsync(Utf8(key, stackalloc byte[ProtocolLimits.KeyBytesMax]), value, PutCondition.None, cancellationToken);

    /// <summary>Stores a value under the UTF-8 bytes of the key if the condition holds.</summary>
    [SkipLocalsInit]
    public ValueTask PutAsync(
        string key,
        ReadOnlyMemory<byte> value,
        PutCondition condition,
        CancellationToken cancellationToken = default) =>
        PutAsync(Utf8(key, stackalloc byte[ProtocolLimits.KeyBytesMax]), value, condition, cancellationToken);

    /// <summary>
    /// Reads a value into the caller's memory and answers its length, or -1 when the key has no value. DER_REC2BIG when the value is longer
    /// than the memory.
    /// </summary>
    public ValueTask<int> GetAsync(ReadOnlySpan<byte> key, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(destination.Length, nameof(destination));
        KeyPlace place = Place(key, "kv get");
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        OperationPool pool = _container.System.OperationsOf(place.Target);
        if (pool.TryRent() is not { } operation)
        {
            return GetSlowAsync(pool, key.ToArray(), destination, null, cancellationToken);
        }

        PrepareGet(operation, place, key, destination, null);
        return operation.Start("kv get", cancellationToken).Length;
    }

    /// <summary>Reads the value of the key's UTF-8 bytes into the caller's memory; -1 when there is none.</summary>
    [SkipLocalsInit]
    public ValueTask<int> GetAsync(string key, Memory<byte> destination, CancellationToken cancellationToken = default) =>
        GetAsync(Utf8(key, stackalloc byte[ProtocolLimits.KeyBytesMax]), destination, cancellationToken);

    /// <summary>Appends a value to a writer and answers its length, or -1 when the key has no value. The writer is used when the call is awaited.</summary>
    public ValueTask<int> GetAsync(ReadOnlySpan<byte> key, IBufferWriter<byte> destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        KeyPlace place = Place(key, "kv get");
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        OperationPool pool = _container.System.OperationsOf(place.Target);
        if (pool.TryRent() is not { } operation)
        {
            return GetSlowAsync(pool, key.ToArray(), default, destination, cancellationToken);
        }

        PrepareGet(operation, place, key, default, destination);
        return operation.Start("kv get", cancellationToken).Length;
    }

    /// <summary>Appends the value of the key's UTF-8 bytes to a writer; -1 when there is none.</summary>
    [SkipLocalsInit]
    public ValueTask<int> GetAsync(string key, IBufferWriter<byte> destination, CancellationToken cancellationToken = default) =>
        GetAsync(Utf8(key, stackalloc byte[ProtocolLimits.KeyBytesMax]), destination, cancellationToken);

    /// <summary>Reads a value without copying it for the caller, who disposes it.</summary>
    public ValueTask<DaosValue> GetAsync(ReadOnlySpan<byte> key, CancellationToken cancellationToken = default)
    {
        KeyPlace place = Place(key, "kv get");
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<DaosValue>(cancellationToken);
        }

        OperationPool pool = _container.System.OperationsOf(place.Target);
        if (pool.TryRent() is not { } operation)
        {
            return GetValueSlowAsync(pool, key.ToArray(), cancellationToken);
        }

        PrepareGet(operation, place, key, default, null);
        return operation.Start("kv get", cancellationToken).HeldValue;
    }

    /// <summary>Reads the value of the key's UTF-8 bytes without copying it for the caller, who disposes it.</summary>
    [SkipLocalsInit]
    public ValueTask<DaosValue> GetAsync(string key, CancellationToken cancellationToken = default) =>
        GetAsync(Utf8(key, stackalloc byte[ProtocolLimits.KeyBytesMax]), cancellationToken);

    /// <summary>Removes a key; a key without a value is no error.</summary>
    public ValueTask RemoveAsync(ReadOnlySpan<byte> key, CancellationToken cancellationToken = default)
    {
        KeyPlace place = Place(key, "kv remove");
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        OperationPool pool = _container.System.OperationsOf(place.Target);
        if (pool.TryRent() is not { } operation)
        {
            return RemoveSlowAsync(pool, key.ToArray(), cancellationToken);
        }

        KeyValueRequests.Remove(operation.Call, _container.Handle, Id, place, key);
        return operation.Start("kv remove", cancellationToken).Done;
    }

    /// <summary>Removes the key with these UTF-8 bytes.</summary>
    [SkipLocalsInit]
    public ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default) =>
        RemoveAsync(Utf8(key, stackalloc byte[ProtocolLimits.KeyBytesMax]), cancellationToken);

    /// <summary>Every key that has a value, target by target, in the object's key order within each; keys put or removed meanwhile may or may not appear.</summary>
    public IAsyncEnumerable<ReadOnlyMemory<byte>> ListAsync(CancellationToken cancellationToken = default) =>
        _container.OpenObject(Id).ListDkeysAsync(cancellationToken);

    /// <summary>The same with keys read as UTF-8.</summary>
    public async IAsyncEnumerable<string> ListStringsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (ReadOnlyMemory<byte> key in ListAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return Encoding.UTF8.GetString(key.Span);
        }
    }

    private static ReadOnlySpan<byte> Utf8(string key, Span<byte> buffer)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Encoding.UTF8.TryGetBytes(key, buffer, out int written)
            ? buffer[..written]
            : throw new DaosException(DerCode.KeyTooBig, "kv key", detail: $"The key has more than {ProtocolLimits.KeyBytesMax} bytes in UTF-8");
    }

    private KeyPlace Place(ReadOnlySpan<byte> key, string operation) => KeyPlace.Of(Id, key, _container.TargetCount, operation);

    // Memory without a length belongs to callers who take the value another way.
    private void PrepareGet(
        ClientOperation operation,
        KeyPlace place,
        ReadOnlySpan<byte> key,
        Memory<byte> destination,
        IBufferWriter<byte>? writer)
    {
        operation.Destination = destination;
        operation.Writer = writer;
        KeyValueRequests.Get(operation.Call, _container.Handle, Id, place, key);
        operation.Call.CapacityBytes = destination.IsEmpty ? long.MaxValue : destination.Length;
        if (destination.Length > ProtocolLimits.InlineBytesMax)
        {
            operation.Call.Borrow(destination, Transport.MemoryAccess.RemoteWrite);
        }
    }

    private async ValueTask PutSlowAsync(
        OperationPool pool,
        byte[] key,
        ReadOnlyMemory<byte> value,
        PutCondition condition,
        CancellationToken token)
    {
        ClientOperation operation = await pool.RentAsync("kv put", token).ConfigureAwait(false);
        KeyValueRequests.Put(operation.Call, _container.Handle, Id, Place(key, "kv put"), key, value, condition, _container.Properties);
        await operation.Start("kv put", token).Done.ConfigureAwait(false);
    }

    private async ValueTask<int> GetSlowAsync(
        OperationPool pool,
        byte[] key,
        Memory<byte> destination,
        IBufferWriter<byte>? writer,
        CancellationToken token)
    {
        ClientOperation operation = await pool.RentAsync("kv get", token).ConfigureAwait(false);
        PrepareGet(operation, Place(key, "kv get"), key, destination, writer);
        return await operation.Start("kv get", token).Length.ConfigureAwait(false);
    }

    private async ValueTask<DaosValue> GetValueSlowAsync(OperationPool pool, byte[] key, CancellationToken token)
    {
        ClientOperation operation = await pool.RentAsync("kv get", token).ConfigureAwait(false);
        PrepareGet(operation, Place(key, "kv get"), key, default, null);
        return await operation.Start("kv get", token).HeldValue.ConfigureAwait(false);
    }

    private async ValueTask RemoveSlowAsync(OperationPool pool, byte[] key, CancellationToken token)
    {
        ClientOperation operation = await pool.RentAsync("kv remove", token).ConfigureAwait(false);
        KeyValueRequests.Remove(operation.Call, _container.Handle, Id, Place(key, "kv remove"), key);
        await operation.Start("kv remove", token).Done.ConfigureAwait(false);
    }
}
