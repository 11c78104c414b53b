using System.Buffers.Binary;
using Daos.Fabric.Protocol.Control;
using Daos.Fabric.Rpc.Collectives;
using Daos.Fabric.Rpc.Groups;

namespace Daos.Fabric.Engine.Groups;

/// <summary>A census at one rank: it answers with its number, and those of its children behind it. Owned by the system xstream.</summary>
internal sealed class CensusOperation(PrimaryGroup group) : ICollectiveOperation
{
    public RpcOpcode Opcode => ControlOpcodes.CensusPart;

    public DerCode BeforeForward(CollectiveRequest request) => request.Payload.IsEmpty ? DerCode.Success : DerCode.Protocol;

    public ValueTask<DerCode> RunAsync(CollectiveRequest request)
    {
        Span<byte> own = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(own, group.Self.Value);
        return new(request.Reply.Set(own));
    }

    public DerCode Aggregate(CollectiveRequest request, ReadOnlySpan<byte> childReply) => request.Reply.Append(childReply);

    public void AfterReply(CollectiveRequest request)
    {
    }
}
