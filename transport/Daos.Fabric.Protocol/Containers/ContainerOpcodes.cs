namespace Daos.Fabric.Protocol.Containers;

/// <summary>The container module's operations. Handles in the requests are pool handles, except for <see cref="Close"/>.</summary>
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

    private static RpcOpcode Of(ushort index) => RpcOpcode.Create(ProtocolModules.Container, ProtocolModules.ContainerVersion, index);
}
