namespace Daos.Fabric.Rpc.Swim;

/// <summary>The SWIM module (0xFE, as in CART): three one-way requests to tag 1, drawn in WIRE.md.</summary>
public static class SwimOpcodes
{
    /// <summary>Bits 31..24 of these opcodes.</summary>
    public const byte ModuleId = 0xFE;

    /// <summary>Version of this protocol.</summary>
    public const byte Version = 1;

    /// <summary>The tag whose thread runs the failure detector.</summary>
    public const ushort Tag = 1;

    /// <summary>The opcode of a message.</summary>
    public static RpcOpcode Of(SwimMessageKind kind) => RpcOpcode.Create(ModuleId, Version, (ushort)kind);
}
