namespace Daos.Fabric.Rpc.Services;

/// <summary>The self-test module (0xF2): what benchmarks and net tests call.</summary>
public static class SelfTestOpcodes
{
    /// <summary>Bits 31..24 of these opcodes.</summary>
    public const byte ModuleId = 0xF2;

    /// <summary>Version of this protocol.</summary>
    public const byte Version = 1;

    /// <summary>The payload comes back.</summary>
    public static readonly RpcOpcode Echo = Of(0);

    /// <summary>The server reads the caller's memory into its own: <see cref="SelfTestBulk"/> there, checksum (4 bytes) and 4 zero bytes back.</summary>
    public static readonly RpcOpcode Pull = Of(1);

    /// <summary>The server writes its memory into the caller's: as above.</summary>
    public static readonly RpcOpcode Push = Of(2);

    private static RpcOpcode Of(ushort index) => RpcOpcode.Create(ModuleId, Version, index);
}
