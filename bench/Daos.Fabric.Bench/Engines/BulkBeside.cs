using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Reactor;
using Daos.Fabric.Rpc.Requests;
using Daos.Fabric.Rpc.Services;
using Daos.Fabric.Transport;

namespace Daos.Fabric.Bench.Engines;

/// <summary>
/// Transfers of 1 MiB, back to back and in both directions in turn, on the connections that a job measures calls on. Owned by the job's
/// loop.
/// </summary>
internal sealed class BulkBeside : IDisposable
{
    private const int TransferBytes = 1 << 20;

    private readonly NativeSlab _memory;
    private readonly int _count;
    private DerCode _failure;
    private bool _stopping;
    private int _running;

    /// <param name="count">Transfers under way at once.</param>
    internal BulkBeside(int count)
    {
        _count = count;
        _memory = new NativeSlab((long)count * TransferBytes);
    }

    /// <summary>Bytes moved so far.</summary>
    internal long MovedBytes { get; private set; }

    /// <summary>Why they stopped, or success.</summary>
    internal DerCode Failure => _failure;

    /// <summary>Starts them; the n-th goes over the n-th client, in a circle.</summary>
    internal void Start(OwnerLoop loop, RemoteClient[] clients, RpcEndpoint[] endpoints)
    {
        for (int i = 0; i < _count; i++)
        {
            loop.Spawn(RunAsync(clients[i % clients.Length], endpoints[i % clients.Length], i));
        }
    }

    /// <summary>Waits for those under way and starts no others.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    internal async ValueTask StopAsync(RemoteClient client, RpcEndpoint endpoint)
    {
        _stopping = true;
        while (_running > 0)
        {
            // Their answers come by the same connection, before this one's.
            RpcCall call = client.Context.Rpc.RentCall();
            DerCode code = await call.AdmitAsync(endpoint, SelfTestOpcodes.Echo, client.DeadlineNs);
            if (code.IsSuccess)
            {
                _ = call.BeginRequest(8);
                await call.SendAsync(8);
            }

            call.Free();
        }
    }

    public void Dispose() => _memory.Dispose();

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask RunAsync(RemoteClient client, RpcEndpoint endpoint, int index)
    {
        _running++;
        bool pull = index % 2 == 0;
        while (!_stopping && _failure.IsSuccess)
        {
            RpcCall call = client.Context.Rpc.RentCall();
            DerCode code = await call.AdmitAsync(endpoint, pull ? SelfTestOpcodes.Pull : SelfTestOpcodes.Push, client.DeadlineNs);
            if (code.IsSuccess)
            {
                FillRequest(call, index, pull);
                code = await call.SendAsync(SelfTestBulk.SizeBytes);
            }

            call.Free();
            _failure = code;
            MovedBytes += code.IsSuccess ? TransferBytes : 0;
            pull = !pull;
        }

        _running--;
    }

    private unsafe void FillRequest(RpcCall call, int index, bool pull)
    {
        long offset = (long)index * TransferBytes;
        RemoteMemory memory = call.Expose(_memory.Address + offset, TransferBytes, pull ? MemoryAccess.RemoteRead : MemoryAccess.RemoteWrite);
        new SelfTestBulk(memory, 0, offset, TransferBytes, WantsChecksum: false).Write(call.BeginRequest(SelfTestBulk.SizeBytes));
    }
}
