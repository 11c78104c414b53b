namespace Daos.Fabric.Rpc.Incast;

/// <summary>The incast module (0xF4, as in CART): two requests, and the collective that synchronises. See WIRE.md.</summary>
public static class IncastOpcodes
{
    /// <summary>Bits 31..24 of these opcodes.</summary>
    public const byte ModuleId = 0xF4;

    /// <summary>Version of this protocol.</summary>
    public const byte Version = 1;

    /// <summary>Towards the root, until somebody has the value.</summary>
    public static readonly RpcOpcode Fetch = RpcOpcode.Create(ModuleId, Version, 0);

    /// <summary>Towards the root, until somebody takes the value.</summary>
    public static readonly RpcOpcode Update = RpcOpcode.Create(ModuleId, Version, 1);

    /// <summary>From the root to all: here is the new value, or: yours is old. A collective operation.</summary>
    public static readonly RpcOpcode Sync = RpcOpcode.Create(ModuleId, Version, 2);
}
