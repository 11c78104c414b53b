using Daos.Fabric.Core.Errors;
using Daos.Fabric.Mgmt.Drpc;
using Daos.Fabric.Mgmt.Logging;
using Daos.Fabric.Protocol.Drpc.Messages;

namespace Daos.Fabric.Mgmt.Tests.Drpc;

/// <summary>Which socket counts when engines come and go.</summary>
public sealed class EngineSocketsTests : IDisposable
{
    private readonly StringWriter _lines = new();

    [Fact]
    public async Task Ready_TheNewestLifeCounts()
    {
        var sockets = new EngineSockets(2, new ServerLog(_lines, LogLevel.Debug, isJson: false, TimeProvider.System));
        Assert.Null(sockets.Of(1));
        Assert.Equal(DerCode.Success, await sockets.ReadyAsync(Of(1, 5, "/a"), default));
        Assert.Equal(DerCode.Success, await sockets.ReadyAsync(Of(1, 5, "/a"), default));
        Assert.Equal(DerCode.Success, await sockets.ReadyAsync(Of(1, 7, "/b"), default));
        Assert.Equal(DerCode.Invalid, await sockets.ReadyAsync(Of(1, 6, "/late"), default));
        Assert.Equal(("/b", null), (sockets.Of(1), sockets.Of(0)));
        Assert.Contains("an engine that was replaced says that it is ready engine=1 incarnation=6", _lines.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ready_OfAnEngineThatIsNotConfigured_IsRefused()
    {
        var sockets = new EngineSockets(2, new ServerLog(_lines, LogLevel.Debug, isJson: false, TimeProvider.System));
        Assert.Equal(DerCode.Invalid, await sockets.ReadyAsync(Of(2, 1, "/a"), default));
        Assert.Null(sockets.Of(2));
        Assert.Contains("an engine that the configuration does not have says that it is ready engine=2", _lines.ToString(), StringComparison.Ordinal);
    }

    public void Dispose() => _lines.Dispose();

    private static NotifyReadyRequest Of(uint engine, ulong incarnation, string socket) => new("unix:///x", 1, socket, engine, 1, incarnation, [], []);
}
