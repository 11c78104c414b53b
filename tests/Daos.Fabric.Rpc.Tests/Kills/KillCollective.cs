using Daos.Fabric.Rpc.Collectives;

namespace Daos.Fabric.Rpc.Tests.Kills;

/// <summary>A collective that does nothing but answer.</summary>
internal sealed class KillCollective : ICollectiveOperation
{
    internal static readonly RpcOpcode Number = RpcOpcode.Create(0x53, 1, 0);

    public RpcOpcode Opcode => Number;

    public DerCode BeforeForward(CollectiveRequest request) => DerCode.Success;

    public ValueTask<DerCode> RunAsync(CollectiveRequest request) => new(request.Reply.Set(request.Payload.Span));

    public DerCode Aggregate(CollectiveRequest request, ReadOnlySpan<byte> childReply) => DerCode.Success;

    public void AfterReply(CollectiveRequest request)
    {
    }
}
