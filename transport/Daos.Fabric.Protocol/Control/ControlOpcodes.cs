namespace Daos.Fabric.Protocol.Control;

/// <summary>The control module's operations: what an operator asks one engine about the system (CART: crt_ctl).</summary>
public static class ControlOpcodes
{
    /// <summary>
    /// Who is in the group and what SWIM holds of them; answered by the tag of SWIM. Rank to begin behind (4 bytes, 0xFFFFFFFF for the first)
    /// and 4 zero bytes there, <see cref="MembersReply"/> back.
    /// </summary>
    public static readonly RpcOpcode Members = Of(0);

    /// <summary>
    /// Runs a collective over the group with this engine as the root, which every rank answers with its number; answered by tag 0.
    /// <see cref="CensusRequest"/> there, <see cref="CensusReply"/> back. DER_BUSY while another one runs.
    /// </summary>
    public static readonly RpcOpcode Census = Of(1);

    /// <summary>The collective that a census runs.</summary>
    public static readonly RpcOpcode CensusPart = Of(2);

    private static RpcOpcode Of(ushort index) => RpcOpcode.Create(ProtocolModules.Control, ProtocolModules.ControlVersion, index);
}
