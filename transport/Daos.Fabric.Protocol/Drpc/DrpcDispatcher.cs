namespace Daos.Fabric.Protocol.Drpc;

/// <summary>Finds the module of a call. Immutable; any thread.</summary>
public sealed class DrpcDispatcher
{
    private readonly Dictionary<int, IDrpcModule> _modules = [];
    private readonly Action<string> _log;

    /// <param name="modules">Each number once.</param>
    /// <param name="log">Told a sentence at a time; may be called by several threads at once.</param>
    /// <exception cref="ArgumentException">A number twice.</exception>
    public DrpcDispatcher(IEnumerable<IDrpcModule> modules, Action<string> log)
    {
        _log = log;
        foreach (IDrpcModule module in modules)
        {
            if (!_modules.TryAdd(module.Id, module))
            {
                throw new ArgumentException($"two dRPC modules have the number {module.Id}", nameof(modules));
            }
        }
    }

    /// <summary>The answer to a call, whatever its module does.</summary>
    public async Task<DrpcResponse> DispatchAsync(DrpcCall call, CancellationToken cancel)
    {
        DrpcReply reply;
        if (!_modules.TryGetValue(call.Module, out IDrpcModule? module))
        {
            _log($"dRPC: a call for the module {call.Module}, which is not served here");
            reply = new DrpcReply(DrpcStatus.UnknownModule);
        }
        else
        {
            try
            {
                reply = await module.HandleAsync(call, cancel).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                // The caller gets a failure; the reason is for the operator.
                _log($"dRPC: {DrpcMethodTable.NameOf(call.Method)} failed: {exception.GetType().Name}: {exception.Message}");
                reply = new DrpcReply(DrpcStatus.Failure);
            }
        }

        return Bound(new DrpcResponse(call.Sequence, reply.Status, reply.Body));
    }

    private static DrpcResponse Bound(DrpcResponse response) =>
        response.Body.Length <= DrpcLimits.MessageBytesMax - DrpcLimits.TextBytesMax ? response : response with { Status = DrpcStatus.FailedMarshal, Body = default };
}
