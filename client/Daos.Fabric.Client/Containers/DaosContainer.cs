using Daos.Fabric.Client.Arrays;
using Daos.Fabric.Client.KeyValues;
using Daos.Fabric.Client.Objects;
using Daos.Fabric.Client.Pools;
using Daos.Fabric.Protocol.Containers;

namespace Daos.Fabric.Client.Containers;

/// <summary>
/// An open container: objects with one name space of ids. Any thread. Disposing it closes it; what is forgotten is closed with the system.
/// </summary>
public sealed partial class DaosContainer : IAsyncDisposable
{
    internal DaosContainer(DaosPool pool, ContainerId id, string name, Guid handle, ContainerProperties properties, Epoch snapshot = default)
    {
        Pool = pool;
        Id = id;
        Name = name;
        Handle = handle;
        Properties = properties;
        Snapshot = snapshot;
    }

    /// <summary>The pool it lives in.</summary>
    public DaosPool Pool { get; }

    /// <summary>Its identifier.</summary>
    public ContainerId Id { get; }

    /// <summary>Its label.</summary>
    public string Name { get; }

    /// <summary>Checksums, as fixed when it was created.</summary>
    public ContainerProperties Properties { get; }

    internal Guid Handle { get; }

    internal DaosSystem System => Pool.System;

    internal int TargetCount => Pool.TargetCount;

    /// <summary>An object with dkeys, akeys, single values and arrays. Nothing is sent: an object exists once something was written.</summary>
    public DaosObject OpenObject(ObjectId id) => new(this, id);

    /// <summary>A key-value object.</summary>
    public DaosKeyValue OpenKeyValue(ObjectId id) => new(this, id);

    /// <summary>The key-value object that belongs to a name; keys are listed in hash order unless the type says otherwise.</summary>
    public DaosKeyValue OpenKeyValue(string name, ObjectType type = ObjectType.KeyValueHashed) =>
        new(this, ObjectNames.ToObjectId(name, type));

    /// <summary>An array whose cell and chunk size the caller knows; nothing is read.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public DaosArray OpenArray(ObjectId id, int cellBytes = 1, ulong chunkCells = ArrayLayout.DefaultChunkCells)
    {
        var layout = new ArrayLayout(cellBytes, chunkCells);
        layout.Validate();
        return new DaosArray(this, id, layout);
    }

    /// <summary>Closes the container: calls through it, on whatever thread, end with DER_NO_HDL from then on. A second call does nothing.</summary>
    /// <exception cref="DaosException">What every call may fail with.</exception>
    public ValueTask CloseAsync(CancellationToken cancellationToken = default) =>
        System.GiveBackAsync(Handle, "container close", cancellationToken);

    /// <inheritdoc cref="CloseAsync"/>
    public ValueTask DisposeAsync() => CloseAsync();

    /// <summary>Creates an array and keeps its cell and chunk size under dkey 0. DER_EXIST when it exists.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    /// <exception cref="DaosException">DER_EXIST, and what every call may fail with.</exception>
    public async ValueTask<DaosArray> CreateArrayAsync(
        ObjectId id,
        int cellBytes = 1,
        ulong chunkCells = ArrayLayout.DefaultChunkCells,
        CancellationToken cancellationToken = default)
    {
        var layout = new ArrayLayout(cellBytes, chunkCells);
        layout.Validate();
        byte[] dkey = new byte[ArrayLayout.DkeyBytes];
        byte[] metadata = new byte[ArrayLayout.MetadataBytes];
        layout.WriteMetadata(metadata);
        DaosUpdateIod iod = DaosUpdateIod.Single(ArrayLayout.Akey.ToArray(), metadata);
        await OpenObject(id).UpdateAsync(dkey, [iod], ObjectConditions.DkeyInsert, cancellationToken).ConfigureAwait(false);
        return new DaosArray(this, id, layout);
    }

    /// <summary>Opens an array that <see cref="CreateArrayAsync"/> made.</summary>
    /// <exception cref="DaosException">DER_NONEXIST when there is none, DER_MISMATCH when the object is no array.</exception>
    public async ValueTask<DaosArray> OpenArrayAsync(ObjectId id, CancellationToken cancellationToken = default)
    {
        byte[] metadata = new byte[ArrayLayout.MetadataBytes];
        DaosFetchIod iod = DaosFetchIod.Single(ArrayLayout.Akey.ToArray(), metadata);
        await OpenObject(id).FetchAsync(new byte[ArrayLayout.DkeyBytes], [iod], ObjectConditions.None, cancellationToken).ConfigureAwait(false);
        if (iod.RecordBytes == 0)
        {
            throw new DaosException(DerCode.Nonexist, "array open", id.ToString());
        }

        return ArrayLayout.TryReadMetadata(metadata.AsSpan(0, (int)iod.DeliveredBytes), out ArrayLayout layout)
            ? new DaosArray(this, id, layout)
            : throw new DaosException(DerCode.Mismatch, "array open", id.ToString(), "Dkey 0 of the object holds no array metadata");
    }
}
