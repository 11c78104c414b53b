namespace Daos.Fabric.Protocol.Objects;

/// <summary>The object module's operations, in DAOS's order. Positions that DAOS has and that are missing here follow with their features; 64 and above are ours.</summary>
public static class ObjectOpcodes
{
    /// <summary>Writes values under one dkey.</summary>
    public static readonly RpcOpcode Update = Of(0);

    /// <summary>Reads values under one dkey.</summary>
    public static readonly RpcOpcode Fetch = Of(1);

    /// <summary>Lists dkeys.</summary>
    public static readonly RpcOpcode DkeyEnumerate = Of(2);

    /// <summary>Lists the akeys of one dkey.</summary>
    public static readonly RpcOpcode AkeyEnumerate = Of(3);

    /// <summary>Lists the extents of one akey.</summary>
    public static readonly RpcOpcode RecxEnumerate = Of(4);

    /// <summary>Punches an object on one target.</summary>
    public static readonly RpcOpcode Punch = Of(6);

    /// <summary>Punches one dkey.</summary>
    public static readonly RpcOpcode PunchDkeys = Of(7);

    /// <summary>Punches akeys of one dkey.</summary>
    public static readonly RpcOpcode PunchAkeys = Of(8);

    /// <summary>Finds the largest or smallest dkey, akey or array index.</summary>
    public static readonly RpcOpcode QueryKey = Of(9);

    /// <summary>
    /// Lists the objects of one target that existed at a snapshot (DAOS: daos_oit_list): a listing without keys, its epoch the snapshot's;
    /// <see cref="ObjectEntry"/> each.
    /// </summary>
    public static readonly RpcOpcode ObjectTable = Of(64);

    private static RpcOpcode Of(ushort index) => RpcOpcode.Create(ProtocolModules.Object, ProtocolModules.ObjectVersion, index);
}
