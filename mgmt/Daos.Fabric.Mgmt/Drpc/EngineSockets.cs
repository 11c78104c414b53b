using System.Collections.Concurrent;
using Daos.Fabric.Core.Errors;
using Daos.Fabric.Mgmt.Logging;
using Daos.Fabric.Protocol.Drpc.Messages;

namespace Daos.Fabric.Mgmt.Drpc;

/// <summary>Where the engines of this host take dRPC calls, as they told it. Any thread.</summary>
/// <param name="engines">Number of engines of the configuration.</param>
/// <param name="log">Told of each.</param>
internal sealed class EngineSockets(int engines, ServerLog log) : IEngineNotices
{
    private readonly ConcurrentDictionary<int, NotifyReadyRequest> _ready = new();

    /// <summary>Takes note of an engine's newest life. DER_INVAL: the configuration has no such engine, or a newer life of it told before.</summary>
    public ValueTask<DerCode> ReadyAsync(NotifyReadyRequest ready, CancellationToken cancellation)
    {
        if (ready.InstanceIndex >= engines)
        {
            log.Warning("an engine that the configuration does not have says that it is ready", ("engine", ready.InstanceIndex), ("uri", ready.Uri));
            return new ValueTask<DerCode>(DerCode.Invalid);
        }

        NotifyReadyRequest newest = _ready.AddOrUpdate((int)ready.InstanceIndex, ready, (_, known) => known.Incarnation > ready.Incarnation ? known : ready);
        if (!ReferenceEquals(newest, ready))
        {
            log.Warning("an engine that was replaced says that it is ready", ("engine", ready.InstanceIndex), ("incarnation", ready.Incarnation));
            return new ValueTask<DerCode>(DerCode.Invalid);
        }

        log.Info("engine takes calls", ("engine", ready.InstanceIndex), ("incarnation", ready.Incarnation), ("socket", ready.ListenerSocket));
        return new ValueTask<DerCode>(DerCode.Success);
    }

    /// <summary>The socket of an engine; null before it told. An engine that has ended does not answer there.</summary>
    internal string? Of(int engine) => _ready.TryGetValue(engine, out NotifyReadyRequest? ready) ? ready.ListenerSocket : null;
}
