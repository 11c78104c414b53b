using System.Runtime.CompilerServices;
using Daos.Fabric.Client.Containers;
using Daos.Fabric.Client.Memory;
using Daos.Fabric.Client.Operations;
using Daos.Fabric.Protocol;
using Daos.Fabric.Protocol.Containers;
using Daos.Fabric.Protocol.Pools;

namespace Daos.Fabric.Client.Pools;

/// <summary>
/// A pool that the system is connected to. Any thread. Disposing it gives its handle back; what is forgotten is given back with the system.
/// </summary>
public sealed class DaosPool : IAsyncDisposable
{
    private readonly Guid _handle;

    internal DaosPool(DaosSystem system, PoolConnectReply reply)
    {
        System = system;
        _handle = reply.Handle;
        Id = new PoolId(reply.Name.Id);
        Name = reply.Name.Label;
        TargetCount = reply.TargetUris.Count;
        IsVolatile = reply.IsVolatile;
    }

    /// <summary>The system.</summary>
    public DaosSystem System { get; }

    /// <summary>Its identifier.</summary>
    public PoolId Id { get; }

    /// <summary>Its label.</summary>
    public string Name { get; }

    /// <summary>Targets that its data is spread over.</summary>
    public int TargetCount { get; }

    /// <summary>True when nothing in the pool survives a restart of its engines.</summary>
    public bool IsVolatile { get; }

    /// <summary>Creates a container and opens it.</summary>
    /// <param name="name">Label, at most 127 bytes in UTF-8.</param>
    /// <param name="properties">
    /// Checksums: kind, bytes of a chunk (64 to 262,144), whether engines check what arrives, and whether they scrub it; null for CRC-32C over
    /// chunks of 32 KiB, checked and scrubbed.
    /// </param>
    /// <param name="cancellationToken">Ends the call; the container may then exist or not.</param>
    /// <exception cref="DaosException">DER_EXIST, DER_INVAL for properties out of range, and what every call may fail with.</exception>
    public async ValueTask<DaosContainer> CreateContainerAsync(
        string name,
        ContainerProperties? properties = null,
        CancellationToken cancellationToken = default)
    {
        SystemRequests.CheckLabel(name, "container create");
        SystemRequests.CheckProperties(properties);
        Guid id = await System.DrawIdAsync().ConfigureAwait(false);
        var request = new ContainerCreateRequest(_handle, new EntityName(id, name), properties ?? ContainerProperties.Default);
        ClientOperation operation = await System.RentSystemAsync("container create", cancellationToken).ConfigureAwait(false);
        SystemRequests.ContainerCreate(operation.Call, in request);
        await operation.Start("container create", cancellationToken).Done.ConfigureAwait(false);
        return await OpenContainerAsync(name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens a container by its label.</summary>
    /// <exception cref="DaosException">DER_NONEXIST, and what every call may fail with.</exception>
    public async ValueTask<DaosContainer> OpenContainerAsync(string name, CancellationToken cancellationToken = default)
    {
        SystemRequests.CheckLabel(name, "container open");
        using DaosValue reply = await System.OpenHandleAsync(
            ContainerOpcodes.Open, ContainerOpcodes.Close, _handle, name, "container open", cancellationToken).ConfigureAwait(false);
        return ContainerOpenReply.TryRead(reply.Span, out ContainerOpenReply opened)
            ? new DaosContainer(this, new ContainerId(opened.Name.Id), opened.Name.Label, opened.Handle, opened.Properties)
            : throw new DaosException(DerCode.Protocol, "container open", name);
    }

    /// <summary>Destroys a container with everything in it.</summary>
    /// <exception cref="DaosException">DER_NONEXIST, and what every call may fail with.</exception>
    public async ValueTask DestroyContainerAsync(string name, CancellationToken cancellationToken = default)
    {
        SystemRequests.CheckLabel(name, "container destroy");
        using DaosValue reply = await AskAsync(ContainerOpcodes.Destroy, true, new EntityName(Guid.Empty, name), "container destroy", cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Every container of the pool, by rising identifier.</summary>
    public async IAsyncEnumerable<ContainerInfo> ListContainersAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        EntityName last = default;
        while (true)
        {
            IReadOnlyList<EntityName> names;
            using (DaosValue reply = await AskAsync(ContainerOpcodes.List, false, last, "container list", cancellationToken).ConfigureAwait(false))
            {
                names = SystemRequests.ReadList(reply.Span, "container list");
            }

            foreach (EntityName name in names)
            {
                yield return new ContainerInfo(new ContainerId(name.Id), name.Label);
            }

            if (names.Count < ProtocolLimits.ListMax)
            {
                yield break;
            }

            last = names[^1];
        }
    }

    /// <summary>Space and targets of the pool.</summary>
    public async ValueTask<PoolQueryReply> QueryAsync(CancellationToken cancellationToken = default)
    {
        using DaosValue reply = await AskAsync(PoolOpcodes.Query, false, new EntityName(Id.Value, Name), "pool query", cancellationToken).ConfigureAwait(false);
        return PoolQueryReply.TryRead(reply.Span, out PoolQueryReply found) ? found : throw new DaosException(DerCode.Protocol, "pool query", Name);
    }

    /// <summary>
    /// Gives each target of the pool more room, while it is in use. When the call ends every target has it, durably; when it fails some may
    /// have it and others not, and the same call again, or the engine's next start, brings all of them there.
    /// </summary>
    /// <param name="dataBytesPerTarget">Data space of each target, for values from 4 KiB on: a multiple of 1 MiB; 0 leaves it as it is.</param>
    /// <param name="metaBytesPerTarget">
    /// What metadata and small values of each target may take: a multiple of 1 MiB, at most four times what the pool was created with; 0 leaves it as
    /// it is.
    /// </param>
    /// <param name="cancellationToken">Ends the call; the pool may then have grown or not.</param>
    /// <exception cref="DaosException">
    /// DER_INVAL for less than a target has, or no size that can be; DER_NOSPACE for less than what is in use, or when a file system is full; and
    /// what every call may fail with.
    /// </exception>
    public async ValueTask ResizeAsync(long dataBytesPerTarget, long metaBytesPerTarget = 0, CancellationToken cancellationToken = default)
    {
        const string What = "pool resize";
        ArgumentOutOfRangeException.ThrowIfNegative(dataBytesPerTarget);
        ArgumentOutOfRangeException.ThrowIfNegative(metaBytesPerTarget);
        ClientOperation operation = await System.RentSystemAsync(What, cancellationToken).ConfigureAwait(false);
        SystemRequests.PoolResize(operation.Call, new PoolResizeRequest(_handle, (ulong)dataBytesPerTarget, (ulong)metaBytesPerTarget));
        try
        {
            await operation.Start(What, cancellationToken).Done.ConfigureAwait(false);
        }
        catch (DaosException exception) when (exception.Code == DerCode.Invalid || exception.Code == DerCode.NoSpace)
        {
            // Only the engine knows why; what it has says most of it.
            PoolQueryReply now = await QueryAsync(cancellationToken).ConfigureAwait(false);
            throw new DaosException(
                exception.Code,
                What,
                Name,
                $"A target has {now.Data.TotalBytes / now.Targets} bytes of data and {now.Meta.TotalBytes / now.Targets} of metadata and cannot have "
                    + $"{dataBytesPerTarget} and {metaBytesPerTarget}: sizes are multiples of {PoolResizeRequest.UnitBytes}, a target does not shrink, and its file system must have the room");
        }
    }

    /// <summary>Gives the pool's handle back: calls through it end with DER_NO_HDL, its open containers stay usable. A second call does nothing.</summary>
    /// <exception cref="DaosException">What every call may fail with.</exception>
    public ValueTask DisconnectAsync(CancellationToken cancellationToken = default) =>
        System.GiveBackAsync(_handle, "pool disconnect", cancellationToken);

    /// <inheritdoc cref="DisconnectAsync"/>
    public ValueTask DisposeAsync() => DisconnectAsync();

    private async ValueTask<DaosValue> AskAsync(Rpc.RpcOpcode opcode, bool isModification, EntityName name, string what, CancellationToken token)
    {
        ClientOperation operation = await System.RentSystemAsync(what, token).ConfigureAwait(false);
        SystemRequests.Entity(operation.Call, opcode, isModification, new EntityRequest(_handle, name));
        DaosValue reply = await operation.Start(what, token).HeldValue.ConfigureAwait(false);
        return reply.Exists ? reply : throw new DaosException(DerCode.Nonexist, what, name.ToString());
    }
}
