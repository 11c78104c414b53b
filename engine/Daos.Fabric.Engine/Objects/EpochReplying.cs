using Daos.Fabric.Protocol.Objects;

namespace Daos.Fabric.Engine.Objects;

/// <summary>Answers a modification: the code, and the epoch at which it was (or was first) applied.</summary>
internal static class EpochReplying
{
    internal static void Reply(RpcRequest request, DerCode code, Epoch epoch)
    {
        EpochReply.Write(request.BeginReply(EpochReply.SizeBytes), epoch);
        request.EndReply(EpochReply.SizeBytes, code);
    }
}
