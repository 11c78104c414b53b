using Daos.Fabric.Core.Errors;
using Daos.Fabric.Protocol.Drpc;
using Daos.Fabric.Protocol.Drpc.Messages;
using Daos.Fabric.Transport;

namespace Daos.Fabric.Mgmt.Drpc;

/// <summary>DAOS's module SRV: what engines tell. Any thread.</summary>
/// <param name="socketDirectory">Where the engines' own sockets must be.</param>
/// <param name="notices">Who hears it.</param>
/// <param name="log">Told a sentence at a time.</param>
internal sealed class ServerModule(string socketDirectory, IEngineNotices notices, Action<string> log) : IDrpcModule
{
    public int Id => DrpcModules.Server;

    public async Task<DrpcReply> HandleAsync(DrpcCall call, CancellationToken cancel)
    {
        if (call.Method != DrpcMethods.NotifyReady)
        {
            return new DrpcReply(DrpcStatus.UnknownMethod);
        }

        if (!NotifyReadyRequest.TryRead(call.Body.Span, out NotifyReadyRequest? ready))
        {
            return new DrpcReply(DrpcStatus.FailedUnmarshalPayload);
        }

        if (Problem(ready) is { } problem)
        {
            log($"engine {ready.InstanceIndex} says that it is ready, and is not believed: {problem}");
            return new DrpcReply(DrpcStatus.Failure);
        }

        // DAOS's answer has no body: a code is told by the status alone.
        DerCode code = await notices.ReadyAsync(ready, cancel).ConfigureAwait(false);
        return new DrpcReply(code.IsSuccess ? DrpcStatus.Success : DrpcStatus.Failure);
    }

    private string? Problem(NotifyReadyRequest ready)
    {
        foreach (string uri in ready.SecondaryUris.Prepend(ready.Uri))
        {
            if (!TransportUri.TryParse(uri, out _, out string? error))
            {
                return $"its address '{uri}' is none: {error}";
            }
        }

        return Path.GetDirectoryName(Path.GetFullPath(ready.ListenerSocket, socketDirectory)) != Path.GetFullPath(socketDirectory).TrimEnd('/')
            ? $"its socket {ready.ListenerSocket} is not in {socketDirectory}"
            : null;
    }
}
