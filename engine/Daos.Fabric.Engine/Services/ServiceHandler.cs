namespace Daos.Fabric.Engine.Services;

/// <summary>
/// What the handlers of the pool and container services have in common: they run on the system xstream, one change at a time, and
/// answer a resend from the kept result. Owned by the system xstream.
/// </summary>
internal abstract class ServiceHandler(EngineContext engine)
{
    protected EngineContext Engine { get; } = engine;

    protected SystemDirectory Directory => Engine.Directory;

    /// <summary>Handles one request: inside the gate, so that the engine stops only after it.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    public async ValueTask HandleAsync(RpcRequest request)
    {
        if (!Engine.System.Requests.TryEnter())
        {
            request.Reply(DerCode.Shutdown);
            return;
        }

        try
        {
            await ServeAsync(request);
        }
        finally
        {
            Engine.System.Requests.Leave();
        }
    }

    /// <summary>Parses, does and answers.</summary>
    protected abstract ValueTask ServeAsync(RpcRequest request);

    /// <summary>Who asks, for the kept result; <see cref="ModificationInfo"/> is optional for services.</summary>
    protected static ModificationInfo IdentityOf(RpcRequest request) => request.IsModification ? request.Modification : default;

    /// <summary>
    /// Runs a change alone, or gives the answer that it got before. A change that fails leaves no result: a resend tries again and finds the
    /// same state.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    protected async ValueTask<DerCode> ChangeAsync(ModificationInfo identity, Func<ValueTask<DerCode>> change)
    {
        await Directory.Changes.LockAsync();
        try
        {
            if (Directory.Records.TryGetResult(identity, out DerCode earlier))
            {
                return earlier;
            }

            return await change();
        }
        finally
        {
            Directory.Changes.Unlock();
        }
    }
}
