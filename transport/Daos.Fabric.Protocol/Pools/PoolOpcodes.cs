namespace Daos.Fabric.Protocol.Pools;

/// <summary>The pool module's operations.</summary>
public static class PoolOpcodes
{
    /// <summary>Creates a pool: <see cref="EntityRequest"/> (id and label), no payload back.</summary>
    public static readonly RpcOpcode Create = Of(0);

    /// <summary>Connects: <see cref="OpenRequest"/>, <see cref="PoolConnectReply"/> back.</summary>
    public static readonly RpcOpcode Connect = Of(1);

    /// <summary>Gives a handle back: <see cref="EntityRequest"/>.</summary>
    public static readonly RpcOpcode Disconnect = Of(2);

    /// <summary>Space and targets: <see cref="EntityRequest"/>, <see cref="PoolQueryReply"/> back.</summary>
    public static readonly RpcOpcode Query = Of(3);

    /// <summary>Lists pools: <see cref="EntityRequest"/>, <see cref="EntityList"/> back.</summary>
    public static readonly RpcOpcode List = Of(4);

    /// <summary>Destroys a pool: <see cref="EntityRequest"/>.</summary>
    public static readonly RpcOpcode Destroy = Of(5);

    /// <summary>Makes the shards of a pool larger: <see cref="PoolResizeRequest"/>, no payload back.</summary>
    public static readonly RpcOpcode Resize = Of(6);

    private static RpcOpcode Of(ushort index) => RpcOpcode.Create(ProtocolModules.Pool, ProtocolModules.PoolVersion, index);
}
