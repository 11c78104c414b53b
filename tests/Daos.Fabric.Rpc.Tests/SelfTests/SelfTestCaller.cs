using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Rpc.SelfTests;

namespace Daos.Fabric.Rpc.Tests.SelfTests;

/// <summary>Runs of the client of a world, with memory of their own.</summary>
internal static class SelfTestCaller
{
    internal static readonly SelfTestShape Empty = new(SelfTestTransfer.Empty, 0, SelfTestTransfer.Empty, 0);

    internal static SelfTestShape Inline(int sendBytes, int replyBytes) => new(
        sendBytes == 0 ? SelfTestTransfer.Empty : SelfTestTransfer.Inline,
        sendBytes,
        replyBytes == 0 ? SelfTestTransfer.Empty : SelfTestTransfer.Inline,
        replyBytes);

    internal static SelfTestRun Prepare(RpcContext context, SelfTestPlan plan, IReadOnlyList<RpcEndpoint> endpoints, out NativeSlab memory)
    {
        memory = new NativeSlab(Math.Max(1, plan.MemoryBytes));
        return Make(context, plan, endpoints, memory);
    }

    internal static async ValueTask<SelfTestResult> RunAsync(RpcContext context, SelfTestPlan plan, params RpcEndpoint[] endpoints)
    {
        SelfTestRun run = Prepare(context, plan, endpoints, out NativeSlab memory);
        using (memory)
        {
            return await run.RunAsync();
        }
    }

    private static unsafe SelfTestRun Make(RpcContext context, SelfTestPlan plan, IReadOnlyList<RpcEndpoint> endpoints, NativeSlab memory) =>
        new(context, plan, endpoints, memory.Address);
}
