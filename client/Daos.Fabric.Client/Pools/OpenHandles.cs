using System.Collections.Immutable;
using Daos.Fabric.Client.Operations;
using Daos.Fabric.Protocol;
using Daos.Fabric.Rpc;

namespace Daos.Fabric.Client.Pools;

/// <summary>
/// The handles that one system's pools and containers hold: engines keep a handle until it is given back, so a client gives back what its
/// application forgot. Any thread.
/// </summary>
internal sealed class OpenHandles
{
    private ImmutableDictionary<Guid, RpcOpcode> _open = ImmutableDictionary<Guid, RpcOpcode>.Empty;

    internal bool IsEmpty => _open.IsEmpty;

    /// <summary>Notes a handle and the call that gives it back.</summary>
    internal void Add(Guid handle, RpcOpcode giveBack) => ImmutableInterlocked.TryAdd(ref _open, handle, giveBack);

    /// <summary>Takes a handle off that no engine knows.</summary>
    internal void Forget(Guid handle) => ImmutableInterlocked.TryRemove(ref _open, handle, out _);

    /// <summary>Gives one handle back; nothing happens when it is none any more.</summary>
    /// <exception cref="DaosException">What every call may fail with; the handle is then still open.</exception>
    internal async ValueTask GiveBackAsync(OperationPool operations, Guid handle, string what, CancellationToken token)
    {
        if (!ImmutableInterlocked.TryRemove(ref _open, handle, out RpcOpcode opcode))
        {
            return;
        }

        try
        {
            await SendAsync(operations, handle, opcode, what, token).ConfigureAwait(false);
        }
        catch (DaosException exception) when (exception.Code == DerCode.NoHandle)
        {
            // Evicted, or gone with what it stood for.
        }
        catch
        {
            Add(handle, opcode);
            throw;
        }
    }

    /// <summary>Gives back what is left, until one call fails: the engine is then out of reach, and evicts old handles itself when it needs the room.</summary>
    internal async Task GiveBackAllAsync(OperationPool operations)
    {
        foreach (Guid handle in _open.Keys)
        {
            try
            {
                await GiveBackAsync(operations, handle, "handle close", CancellationToken.None).ConfigureAwait(false);
            }
            catch (DaosException)
            {
                return;
            }
        }
    }

    private static async Task SendAsync(OperationPool operations, Guid handle, RpcOpcode opcode, string what, CancellationToken token)
    {
        ClientOperation operation = await operations.RentAsync(what, token).ConfigureAwait(false);
        SystemRequests.Entity(operation.Call, opcode, isModification: false, new EntityRequest(handle, default));
        await operation.Start(what, token).Done.ConfigureAwait(false);
    }
}
