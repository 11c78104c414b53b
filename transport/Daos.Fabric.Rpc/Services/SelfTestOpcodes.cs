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

    /// <summary>
    /// Opens a session: shape (16 bytes), calls under way at most (2) and 6 zero bytes; its number (4) and 4 zero bytes back. It ends with
    /// its connection. DER_BUSY (too many), DER_NOMEM.
    /// </summary>
    public static readonly RpcOpcode Open = Of(3);

    /// <summary>
    /// A test call of a session: its number (4), 4 zero bytes, then as its shape says a bulk handle and the bytes sent; the bytes asked for
    /// back. DER_NONEXIST (no such session of this connection), DER_BUSY (more calls than it was opened for), DER_OVERFLOW (no room for the reply).
    /// </summary>
    public static readonly RpcOpcode Call = Of(4);

    /// <summary>Closes a session: its number (4) and 4 zero bytes. DER_NONEXIST.</summary>
    public static readonly RpcOpcode Close = Of(5);

    /// <summary>Makes this rank the caller of a run against ranks of its system. DER_BUSY, DER_NOMEM, DER_OOG (rank not known).</summary>
    public static readonly RpcOpcode Start = Of(6);

    /// <summary>How that run stands, and its figures when it is done. DER_NONEXIST.</summary>
    public static readonly RpcOpcode Status = Of(7);

    /// <summary>Ends that run or forgets its figures. DER_NONEXIST.</summary>
    public static readonly RpcOpcode Stop = Of(8);

    private static RpcOpcode Of(ushort index) => RpcOpcode.Create(ModuleId, Version, index);
}
