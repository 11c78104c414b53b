namespace Daos.Fabric.Rpc;

/// <summary>
/// What a request asks for, as DAOS numbers it. Any thread.
/// </summary>
/// <remarks>
/// <code>
/// 31        24 23        16 15                    0
/// | module    | version    | index in the protocol |
/// </code>
/// </remarks>
/// <param name="Value">The 32 bits that travel.</param>
public readonly record struct RpcOpcode(uint Value)
{
    /// <summary>The module (DAOS: object module 4, pool 2, container 3; 0xFF internal, 0xF2 self-test).</summary>
    public byte Module => (byte)(Value >> 24);

    /// <summary>Version of the module's protocol.</summary>
    public byte Version => (byte)(Value >> 16);

    /// <summary>Position in the protocol's table of operations.</summary>
    public ushort Index => (ushort)Value;

    /// <summary>Composes an opcode (DAOS_RPC_OPCODE).</summary>
    public static RpcOpcode Create(byte module, byte version, ushort index) => new(((uint)module << 24) | ((uint)version << 16) | index);

    /// <summary>Module, version and index in decimal.</summary>
    public override string ToString() => $"{Module}.{Version}.{Index}";
}
