using Daos.Fabric.Core.Errors;
using Daos.Fabric.Protocol.Drpc.Messages;

namespace Daos.Fabric.Mgmt.Drpc;

/// <summary>Hears what engines tell their daos_server. Called on the thread pool, for several engines at once.</summary>
internal interface IEngineNotices
{
    /// <summary>
    /// An engine listens. It may say so again when it did not hear that it was heard: it is the same when place and incarnation are. It waits for the end of
    /// this, so what takes longer (joining, SetRank, SetUp) is begun here and not awaited.
    /// </summary>
    ValueTask<DerCode> ReadyAsync(NotifyReadyRequest ready, CancellationToken cancellation);
}
