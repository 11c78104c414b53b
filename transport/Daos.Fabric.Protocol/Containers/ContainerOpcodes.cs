namespace Daos.Fabric.Protocol.Containers;

/// <summary>The container module's operations. Handles in the requests are pool handles, except for <see cref="Close"/> and snapshots.</summary>
public static class ContainerOpcodes
{
    /// <summary>Creates a container: <see cref="ContainerCreateRequest"/>, no payload back.</summary>
    public static readonly RpcOpcode Create = Of(0);

    /// <summary>Opens: <see cref="OpenRequest"/>, <see cref="ContainerOpenReply"/> back.</summary>
    public static readonly RpcOpcode Open = Of(1);

    /// <summary>Gives a container handle back: <see cref="EntityRequest"/>.</summary>
    public static readonly RpcOpcode Close = Of(2);

    /// <summary>Destroys a container: <see cref="EntityRequest"/>.</summary>
    public static readonly RpcOpcode Destroy = Of(3);

    /// <summary>Lists containers: <see cref="EntityRequest"/>, <see cref="EntityList"/> back.</summary>
    public static readonly RpcOpcode List = Of(4);

    /// <summary>Creates a snapshot (DAOS: daos_cont_create_snap): <see cref="SnapshotRequest"/>, <see cref="Objects.EpochReply"/> back.</summary>
    public static readonly RpcOpcode SnapshotCreate = Of(5);

    /// <summary>Destroys a snapshot (DAOS: daos_cont_destroy_snap): <see cref="SnapshotRequest"/>.</summary>
    public static readonly RpcOpcode SnapshotDestroy = Of(6);

    /// <summary>Lists snapshots (DAOS: daos_cont_list_snap): <see cref="SnapshotRequest"/>, <see cref="Containers.SnapshotList"/> back.</summary>
    public static readonly RpcOpcode SnapshotList = Of(7);

    /// <summary>
    /// Opens the container as it was at a snapshot, to read only (DAOS: daos_tx_open_snap): <see cref="SnapshotRequest"/>,
    /// <see cref="Objects.EpochReply"/> back.
    /// </summary>
    public static readonly RpcOpcode SnapshotOpen = Of(8);

    private static RpcOpcode Of(ushort index) => RpcOpcode.Create(ProtocolModules.Container, ProtocolModules.ContainerVersion, index);
}
