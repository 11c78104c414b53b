using Daos.Fabric.Client.Arrays;
using Daos.Fabric.Client.Contexts;
using Daos.Fabric.Protocol.Containers;

namespace Daos.Fabric.Client.Sessions;

/// <summary>An open container on a context that its application drives itself. Owned by the context's loop.</summary>
public sealed class ContainerSession
{
    internal ContainerSession(PoolSession pool, ContainerOpenReply reply)
    {
        Context = pool.Context;
        TargetCount = pool.TargetCount;
        Id = new ContainerId(reply.Name.Id);
        Handle = reply.Handle;
        Properties = reply.Properties;
    }

    /// <summary>The context.</summary>
    public ClientContext Context { get; }

    /// <summary>The container.</summary>
    public ContainerId Id { get; }

    /// <summary>Checksums, as fixed when it was created.</summary>
    public ContainerProperties Properties { get; }

    internal Guid Handle { get; }

    internal int TargetCount { get; }

    /// <summary>Closes the container: calls through it end with DER_NO_HDL. What every call may fail with.</summary>
    public ValueTask<DerCode> CloseAsync() => Context.GiveBackAsync(ContainerOpcodes.Close, Handle);

    /// <summary>A key-value object.</summary>
    public KeyValueSession OpenKeyValue(ObjectId id) => new(this, id);

    /// <summary>An array whose cell and chunk size the caller knows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public ArraySession OpenArray(ObjectId id, int cellBytes = 1, ulong chunkCells = ArrayLayout.DefaultChunkCells)
    {
        var layout = new ArrayLayout(cellBytes, chunkCells);
        layout.Validate();
        return new ArraySession(this, id, layout);
    }

    /// <summary>An object with dkeys and akeys.</summary>
    public ObjectSession OpenObject(ObjectId id) => new(this, id);
}
