using Daos.Fabric.Engine.Devices;
using Daos.Fabric.Engine.Targets;
using Daos.Fabric.Xstreams.Waiting;

namespace Daos.Fabric.Engine;

/// <content>What runs on the system xstream while the engine starts and stops.</content>
public sealed partial class EngineServer
{
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> BringUpAsync()
    {
        await OpenSystemStoreAsync();
        await new EngineRecovery(Context).RunAsync();
        foreach (IEngineModule module in _modules)
        {
            DerCode code = await module.SetupAsync(Context);
            if (code.IsError)
            {
                throw new DaosException(code, "start engine", module.Name, $"module '{module.Name}' could not begin to serve");
            }
        }

        await Context.OnTargetsAsync(StartUpkeep);
        Context.Devices.Start();
        await ListenAsync();
        await Context.Group.StartAsync();
        if (!Options.AwaitsSetUp)
        {
            _setUp.TrySetResult();
        }

        return DerCode.Success;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> BringDownAsync()
    {
        await Context.Group.StopAsync();
        await Context.OnXstreamsAsync(CloseGateAsync);
        if (Context.Devices is { } devices)
        {
            await devices.StopAsync();
        }

        foreach (IEngineModule module in Enumerable.Reverse(_modules))
        {
            await module.CleanupAsync(Context);
        }

        await Context.OnTargetsAsync(CloseShardsAsync);
        Context.Devices?.CloseDevices();
        if (_records is not null)
        {
            await _records.DisposeAsync();
            _records = null;
        }

        await Context.OnXstreamsAsync(CloseRpcAsync);
        return DerCode.Success;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask OpenSystemStoreAsync()
    {
        _records = await SystemRecords.OpenAsync(Context, _storage!.IsNew);
        if (_storage.IsNew)
        {
            await _records.FormatAsync(new EngineRecord(_storage.Targets, Options.Volatile));
            _storage.FinishFormatting();
        }
        else
        {
            _records.Check(new EngineRecord(_storage.Targets, Options.Volatile));
        }

        Context.Directory = new SystemDirectory(Context.System, _records);
        Context.Devices = new DeviceService(Context);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<DerCode> CloseGateAsync(EngineXstream xstream)
    {
        await xstream.Requests.CloseAsync();
        return DerCode.Success;
    }

    // Listeners and connections go while their loop still turns, so that their descriptors are really closed when it ends.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<DerCode> CloseRpcAsync(EngineXstream xstream)
    {
        xstream.Rpc.Dispose();
        for (int look = 0; look < Limits.QuietLooksMax && !xstream.Rpc.IsQuiet; look++)
        {
            await xstream.Xstream.SleepAsync(Limits.QuietLookNs);
        }

        return DerCode.Success;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<DerCode> CloseShardsAsync(EngineXstream target)
    {
        target.Upkeep?.Stop();
        target.Aggregation?.Stop();
        foreach (PoolShard shard in target.Shards.InOrder())
        {
            await ShardLifecycle.CloseAsync(target, shard.Pool);
        }

        return DerCode.Success;
    }

    private static ValueTask<DerCode> StartUpkeep(EngineXstream target)
    {
        target.Upkeep?.Start();
        target.Aggregation?.Start();
        return new ValueTask<DerCode>(DerCode.Success);
    }

    // Last, so that nobody reaches an engine that has not recovered.
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask ListenAsync()
    {
        var heard = new DerResult<TransportUri>[Context.Xstreams.Count, Options.Listen.Count];
        await Context.OnXstreamsAsync(xstream => Listen(xstream, heard));
        var endpoints = new List<EngineEndpoint>();
        for (int i = 0; i < Options.Listen.Count; i++)
        {
            foreach (EngineXstream xstream in Context.Xstreams)
            {
                DerResult<TransportUri> result = heard[xstream.Xstream.MeshIndex, i];
                if (!result.IsSuccess)
                {
                    DerResult<TransportUri> wanted = TagUri.Derive(Options.Listen[i], xstream.Tags[0]);
                    string address = wanted.IsSuccess ? wanted.Value.ToString() : Options.Listen[i].ToString();
                    throw new DaosException(result.Code, "start engine", address, $"the address {address} cannot be listened on; is it in use?");
                }

                endpoints.AddRange(xstream.Tags.Select(tag => new EngineEndpoint((ushort)tag, result.Value)));
            }
        }

        Context.Endpoints = [.. endpoints.OrderBy(e => e.Tag)];
        foreach (EngineEndpoint endpoint in endpoints)
        {
            Context.Node.PublishUri(endpoint.Tag, endpoint.Uri);
        }
    }

    private ValueTask<DerCode> Listen(EngineXstream xstream, DerResult<TransportUri>[,] heard)
    {
        for (int i = 0; i < Options.Listen.Count; i++)
        {
            heard[xstream.Xstream.MeshIndex, i] = ListenAt(xstream, Options.Listen[i]);
        }

        return new ValueTask<DerCode>(DerCode.Success);
    }

    // Xstreams come here at the same time: one that loses a free port to another finds it in use and goes on.
    private DerResult<TransportUri> ListenAt(EngineXstream xstream, TransportUri primary)
    {
        int tagMax = Context.Xstreams.Max(static x => x.Tags.Max());
        DerResult<TransportUri> uri = TagUri.Derive(primary, xstream.Tags[0]);
        DerResult<TransportUri> result = uri.IsSuccess ? xstream.Rpc.Listen(uri.Value) : uri;
        foreach (TransportUri other in TagUri.Alternatives(primary, tagMax, Options.FabricPorts))
        {
            if (result.Code != DerCode.Busy)
            {
                break;
            }

            result = xstream.Rpc.Listen(other);
        }

        return result;
    }
}
