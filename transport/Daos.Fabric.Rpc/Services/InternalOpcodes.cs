namespace Daos.Fabric.Rpc.Services;

/// <summary>The internal module (0xFF), which every context answers.</summary>
public static class InternalOpcodes
{
    /// <summary>Bits 31..24 of these opcodes.</summary>
    public const byte ModuleId = 0xFF;

    /// <summary>Version of this protocol.</summary>
    public const byte Version = 1;

    /// <summary>
    /// The address of a tag: tag (2 bytes), flags (2 bytes; bit 0: of the rank that follows, else of the peer itself), rank (4 bytes); the
    /// address in UTF-8 back. DER_NONEXIST.
    /// </summary>
    public static readonly RpcOpcode UriLookup = Of(0);

    /// <summary>
    /// The versions of a module: module (1 byte) and 7 zero bytes; lowest (4 bytes), highest (4 bytes), feature bits (8 bytes) back.
    /// DER_UNREG for a module that is not there.
    /// </summary>
    public static readonly RpcOpcode ProtocolQuery = Of(1);

    /// <summary>Nothing there and back.</summary>
    public static readonly RpcOpcode Ping = Of(3);

    /// <summary>One-way, no payload: the sender does not wait any more for the request whose id the header repeats. Takes no slot.</summary>
    public static readonly RpcOpcode Cancel = Of(4);

    /// <summary>Statistics of every owner thread of the process; see <see cref="ProcessStatisticsReply"/>. DER_BUSY while another one is collected.</summary>
    public static readonly RpcOpcode Statistics = Of(5);

    /// <summary>
    /// Names the connection (16 bytes, not zero), so that handles which come through other ranks can mean it. DER_EXIST when another
    /// connection has the name, DER_ALREADY when this one has another.
    /// </summary>
    public static readonly RpcOpcode Introduce = Of(6);

    private static RpcOpcode Of(ushort index) => RpcOpcode.Create(ModuleId, Version, index);
}
