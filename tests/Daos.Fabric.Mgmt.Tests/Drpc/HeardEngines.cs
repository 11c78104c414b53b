using System.Threading.Channels;
using Daos.Fabric.Core.Errors;
using Daos.Fabric.Mgmt.Drpc;
using Daos.Fabric.Protocol.Drpc.Messages;

namespace Daos.Fabric.Mgmt.Tests.Drpc;

/// <summary>Keeps what engines told, and answers what a test wants.</summary>
internal sealed class HeardEngines : IEngineNotices
{
    private readonly Channel<NotifyReadyRequest> _heard = Channel.CreateUnbounded<NotifyReadyRequest>();

    internal DerCode Answer { get; set; }

    public ValueTask<DerCode> ReadyAsync(NotifyReadyRequest ready, CancellationToken cancellation)
    {
        _heard.Writer.TryWrite(ready);
        return new ValueTask<DerCode>(Answer);
    }

    internal async Task<NotifyReadyRequest> NextAsync() => await _heard.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(2));
}
