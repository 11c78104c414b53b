using Daos.Fabric.Client.Calls;
using Daos.Fabric.Client.Contexts;
using Daos.Fabric.Client.Pools;
using Daos.Fabric.Protocol;
using Daos.Fabric.Protocol.Containers;
using Daos.Fabric.Protocol.Pools;

namespace Daos.Fabric.Client.Sessions;

/// <summary>A pool on a context that its application drives itself. Owned by the context's loop.</summary>
public sealed class PoolSession
{
    private readonly Guid _handle;

    internal PoolSession(ClientContext context, PoolConnectReply reply)
    {
        Context = context;
        _handle = reply.Handle;
        Id = new PoolId(reply.Name.Id);
        TargetCount = reply.TargetUris.Count;
        IsVolatile = reply.IsVolatile;
    }

    /// <summary>The context.</summary>
    public ClientContext Context { get; }

    /// <summary>The pool.</summary>
    public PoolId Id { get; }

    /// <summary>Targets that its data is spread over.</summary>
    public int TargetCount { get; }

    /// <summary>True when nothing in the pool survives a restart of its engines.</summary>
    public bool IsVolatile { get; }

    /// <summary>Creates a container. DER_EXIST, and what every call may fail with.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> CreateContainerAsync(string name, ContainerProperties? properties = null)
    {
        SystemRequests.CheckLabel(name, "container create");
        if (Context.TryRentCall() is not { } call)
        {
            return DerCode.Again;
        }

        var entity = new EntityName(Context.DrawId(), name);
        SystemRequests.ContainerCreate(call, new ContainerCreateRequest(_handle, entity, properties ?? ContainerProperties.Default));
        return (await Context.AskSystemAsync(call)).Code;
    }

    /// <summary>Opens a container. DER_NONEXIST, and what every call may fail with.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerResult<ContainerSession>> OpenContainerAsync(string name)
    {
        SystemRequests.CheckLabel(name, "container open");
        DerResult<byte[]> reply = await Context.OpenHandleAsync(ContainerOpcodes.Open, _handle, name);
        if (!reply.IsSuccess)
        {
            return reply.Code;
        }

        return ContainerOpenReply.TryRead(reply.Value, out ContainerOpenReply opened) ? new ContainerSession(this, opened) : DerCode.Protocol;
    }

    /// <summary>Gives the pool's handle back; its open containers stay usable. What every call may fail with.</summary>
    public ValueTask<DerCode> DisconnectAsync() => Context.GiveBackAsync(PoolOpcodes.Disconnect, _handle);
}
