using Daos.Fabric.Protocol.Containers;
using Daos.Fabric.Protocol.Objects;

namespace Daos.Fabric.TestKit.Engines;

/// <content>Snapshots of the open container.</content>
public sealed partial class EngineCaller
{
    /// <summary>The handle that object and snapshot calls go through.</summary>
    public Guid ContainerHandle
    {
        get => _containerHandle;
        set => _containerHandle = value;
    }

    /// <summary>Creates a snapshot under an identifier of its own unless one is given, and gives its epoch.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerResult<Epoch>> CreateSnapshotAsync(string label = "", Guid? id = null, ModificationInfo? identity = null)
    {
        var request = new SnapshotRequest(_containerHandle, new EntityName(id ?? _random.NextGuid(), label), Epoch.None);
        using Exchange exchange = await CallSnapshotAsync(ContainerOpcodes.SnapshotCreate, request, identity ?? NextModification());
        return ReadEpoch(exchange);
    }

    /// <summary>Destroys a snapshot by its epoch, or by its label.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> DestroySnapshotAsync(Epoch epoch, string label = "", ModificationInfo? identity = null)
    {
        var request = new SnapshotRequest(_containerHandle, new EntityName(Guid.Empty, label), epoch);
        using Exchange exchange = await CallSnapshotAsync(ContainerOpcodes.SnapshotDestroy, request, identity ?? NextModification());
        return exchange.Code;
    }

    /// <summary>Lists the snapshots behind an epoch, one page.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerResult<(Epoch Epoch, string Label)[]>> ListSnapshotsAsync(Epoch after = default)
    {
        using Exchange exchange = await CallSnapshotAsync(ContainerOpcodes.SnapshotList, new SnapshotRequest(_containerHandle, default, after), null);
        return exchange.Code.IsError ? exchange.Code
            : SnapshotList.TryRead(exchange.Call!.Reply, out SnapshotList list) ? list.Snapshots.Select(static s => (s.Epoch, s.Name.Label)).ToArray()
            : DerCode.Protocol;
    }

    /// <summary>Opens a snapshot by its epoch, or by its label, under a handle of its own unless one is given: <see cref="ContainerHandle"/> stays.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerResult<Guid>> OpenSnapshotAsync(Epoch epoch, string label = "", Guid? handle = null)
    {
        Guid drawn = handle ?? _random.NextGuid();
        using Exchange exchange = await CallSnapshotAsync(
            ContainerOpcodes.SnapshotOpen, new SnapshotRequest(_containerHandle, new EntityName(drawn, label), epoch), null);
        DerResult<Epoch> opened = ReadEpoch(exchange);
        return opened.IsSuccess ? drawn : opened.Code;
    }

    /// <summary>The object table of a snapshot on one target.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerResult<List<ObjectEntry>>> ListObjectsAsync(int target, Epoch snapshot, uint entriesMax = 1000)
    {
        var found = new List<ObjectEntry>();
        EnumerationAnchor anchor = default;
        bool end = false;
        while (!end)
        {
            RpcCall call = Context.RentCall();
            try
            {
                DerCode code = await call.AdmitAsync(_targets[target], ObjectOpcodes.ObjectTable, Context.Loop.NowNs + TimeoutNs);
                code = code.IsError ? code : await call.SendAsync(BeginTable(call, snapshot, anchor, entriesMax));
                if (code.IsError || !TakeObjects(call, found, out anchor, out end))
                {
                    return code.IsError ? code : DerCode.Protocol;
                }
            }
            finally
            {
                call.Free();
            }
        }

        return found;
    }

    private static bool TakeObjects(RpcCall call, List<ObjectEntry> found, out EnumerationAnchor anchor, out bool end)
    {
        bool isGood = EnumerateReply.TryParse(call.Reply, isFixed: true, out EnumerateReply reply);
        found.AddRange(reply.Objects);
        anchor = reply.Wire.Anchor;
        end = reply.IsEnd;
        return isGood;
    }

    private static DerResult<Epoch> ReadEpoch(Exchange exchange) =>
        exchange.Code.IsError ? exchange.Code : EpochReply.TryRead(exchange.Call!.Reply, out Epoch epoch) ? epoch : DerCode.Protocol;

    private int BeginTable(RpcCall call, Epoch snapshot, EnumerationAnchor anchor, uint entriesMax)
    {
        var head = new ObjectTarget(_containerHandle, default, 0, snapshot, ObjectFlags.None);
        var writer = new ObjectKeyWriter(call.BeginRequest(ObjectKeyWriter.MaxBytes(0, 0, 0) + EnumerateWire.SizeBytes), in head, [], 0);
        writer.AddEnumerate(in anchor, 4096, entriesMax);
        return writer.LengthBytes;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<Exchange> CallSnapshotAsync(RpcOpcode opcode, SnapshotRequest request, ModificationInfo? identity)
    {
        byte[] payload = new byte[SnapshotRequest.BytesMax];
        return await CallAsync(await SystemAsync(), opcode, payload.AsMemory(0, request.Write(payload)), identity);
    }
}
