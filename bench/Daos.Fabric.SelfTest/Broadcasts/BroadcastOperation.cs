using Daos.Fabric.Rpc;
using Daos.Fabric.Rpc.Collectives;

namespace Daos.Fabric.SelfTest.Broadcasts;

/// <summary>What a broadcast does at each rank: it notes that it came, and from whom. Owned by the loop.</summary>
internal sealed class BroadcastOperation : ICollectiveOperation
{
    internal static readonly RpcOpcode Number = RpcOpcode.Create(0x7E, 1, 0);

    /// <summary>How often it came.</summary>
    internal long Count { get; private set; }

    /// <summary>Who handed on the last one; <see cref="Rank.None"/> at the root.</summary>
    internal Rank Parent { get; private set; } = Rank.None;

    public RpcOpcode Opcode => Number;

    public DerCode BeforeForward(CollectiveRequest request) => DerCode.Success;

    public ValueTask<DerCode> RunAsync(CollectiveRequest request)
    {
        Count++;
        Parent = request.Parent;
        return new(DerCode.Success);
    }

    public DerCode Aggregate(CollectiveRequest request, ReadOnlySpan<byte> childReply) => DerCode.Success;

    public void AfterReply(CollectiveRequest request)
    {
    }
}
