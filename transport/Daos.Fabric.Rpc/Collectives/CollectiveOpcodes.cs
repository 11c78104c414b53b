namespace Daos.Fabric.Rpc.Collectives;

/// <summary>The module that carries collective requests (0xF5): one operation, whose payload names the operation meant. See WIRE.md.</summary>
public static class CollectiveOpcodes
{
    /// <summary>Bits 31..24 of these opcodes.</summary>
    public const byte ModuleId = 0xF5;

    /// <summary>Version of this protocol.</summary>
    public const byte Version = 1;

    /// <summary>Run this, hand it on to your children, answer for all of them.</summary>
    public static readonly RpcOpcode Forward = RpcOpcode.Create(ModuleId, Version, 0);
}
