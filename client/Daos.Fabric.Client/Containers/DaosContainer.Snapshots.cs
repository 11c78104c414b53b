using Daos.Fabric.Client.Memory;
using Daos.Fabric.Client.Operations;
using Daos.Fabric.Client.Pools;
using Daos.Fabric.Protocol;
using Daos.Fabric.Protocol.Containers;
using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Rpc;

namespace Daos.Fabric.Client.Containers;

/// <content>Snapshots: the container as it was, kept readable whatever is aggregated around it.</content>
public sealed partial class DaosContainer
{
    /// <summary>The snapshot that this is, to read only; none for the container as it is now.</summary>
    public Epoch Snapshot { get; }

    /// <summary>True for a snapshot: what would change it fails with DER_NO_PERM.</summary>
    public bool IsReadOnly => Snapshot.IsSet;

    /// <summary>
    /// Makes a snapshot: one moment on all targets. It shows what was acknowledged before the call and nothing that is written after it ended;
    /// of what is written meanwhile it shows what came before that moment. Durable when the call ends.
    /// </summary>
    /// <param name="name">A label that no other snapshot of the container has, at most 127 bytes in UTF-8; null for none.</param>
    /// <param name="cancellationToken">Ends the call; the snapshot may then exist or not.</param>
    /// <exception cref="DaosException">
    /// DER_EXIST for a label in use, DER_OVERFLOW above 1,024 snapshots, DER_NO_PERM on a snapshot, and what every call may fail with.
    /// </exception>
    public async ValueTask<SnapshotInfo> CreateSnapshotAsync(string? name = null, CancellationToken cancellationToken = default)
    {
        const string What = "snapshot create";
        CheckName(name, What);
        Guid id = await System.DrawIdAsync().ConfigureAwait(false);
        var request = new SnapshotRequest(Handle, new EntityName(id, name ?? ""), Epoch.None);
        using DaosValue reply = await AskAsync(ContainerOpcodes.SnapshotCreate, true, request, What, cancellationToken).ConfigureAwait(false);
        return new SnapshotInfo(ReadEpoch(reply, What), name ?? "");
    }

    /// <summary>Every snapshot of the container, by rising epoch.</summary>
    public async IAsyncEnumerable<SnapshotInfo> ListSnapshotsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        const string What = "snapshot list";
        Epoch last = Epoch.None;
        while (true)
        {
            IReadOnlyList<(Epoch Epoch, EntityName Name)> page;
            var request = new SnapshotRequest(Handle, default, last);
            using (DaosValue reply = await AskAsync(ContainerOpcodes.SnapshotList, false, request, What, cancellationToken).ConfigureAwait(false))
            {
                page = SnapshotList.TryRead(reply.Span, out SnapshotList list) ? list.Snapshots : throw new DaosException(DerCode.Protocol, What, Name);
            }

            foreach ((Epoch epoch, EntityName name) in page)
            {
                yield return new SnapshotInfo(epoch, name.Label);
            }

            if (page.Count < ProtocolLimits.ListMax)
            {
                yield break;
            }

            last = page[^1].Epoch;
        }
    }

    /// <summary>
    /// Destroys a snapshot: what only it showed goes in the background. Who has it open reads on until then, and hears DER_EP_OLD afterwards.
    /// </summary>
    /// <exception cref="DaosException">DER_NONEXIST, DER_NO_PERM on a snapshot, and what every call may fail with.</exception>
    public ValueTask DestroySnapshotAsync(Epoch snapshot, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(snapshot, Epoch.None);
        return DestroyAsync(snapshot, "", cancellationToken);
    }

    /// <summary>Destroys the snapshot with a label; as <see cref="DestroySnapshotAsync(Epoch, CancellationToken)"/>.</summary>
    public ValueTask DestroySnapshotAsync(string name, CancellationToken cancellationToken = default)
    {
        SystemRequests.CheckLabel(name, "snapshot destroy");
        return DestroyAsync(Epoch.None, name, cancellationToken);
    }

    /// <summary>
    /// Opens the container as it was at a snapshot, to read only (DAOS: daos_tx_open_snap): everything is read at its epoch, changes fail with
    /// DER_NO_PERM. Closed like any container, and open for as long whether this one is closed or not.
    /// </summary>
    /// <exception cref="DaosException">DER_NONEXIST, and what every call may fail with.</exception>
    public ValueTask<DaosContainer> OpenSnapshotAsync(Epoch snapshot, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(snapshot, Epoch.None);
        return OpenAsync(snapshot, "", cancellationToken);
    }

    /// <summary>Opens the snapshot with a label; as <see cref="OpenSnapshotAsync(Epoch, CancellationToken)"/>.</summary>
    public ValueTask<DaosContainer> OpenSnapshotAsync(string name, CancellationToken cancellationToken = default)
    {
        SystemRequests.CheckLabel(name, "snapshot open");
        return OpenAsync(Epoch.None, name, cancellationToken);
    }

    /// <summary>
    /// The object table of this snapshot (DAOS: daos_oit_list): every object that existed, each once, in no order that means anything.
    /// </summary>
    /// <exception cref="DaosException">
    /// DER_NONEXIST when this is no snapshot, or when it was destroyed, and what every call may fail with.
    /// </exception>
    public async IAsyncEnumerable<ObjectId> ListObjectsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // Each target tells its part in the same order, so that an object on several comes together.
        ObjectPages[] targets = [.. Enumerable.Range(0, TargetCount).Select(t => new ObjectPages(this, t))];
        foreach (ObjectPages pages in targets)
        {
            await pages.AdvanceAsync(cancellationToken).ConfigureAwait(false);
        }

        while (ObjectPages.Lowest(targets) is { } next)
        {
            yield return next.Id;
            foreach (ObjectPages pages in targets)
            {
                if (pages.Current == next)
                {
                    await pages.AdvanceAsync(cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    private async ValueTask DestroyAsync(Epoch snapshot, string name, CancellationToken token)
    {
        const string What = "snapshot destroy";
        var request = new SnapshotRequest(Handle, new EntityName(Guid.Empty, name), snapshot);
        using DaosValue reply = await AskAsync(ContainerOpcodes.SnapshotDestroy, true, request, What, token).ConfigureAwait(false);
    }

    private async ValueTask<DaosContainer> OpenAsync(Epoch snapshot, string name, CancellationToken token)
    {
        const string What = "snapshot open";
        Guid handle = Guid.Empty;
        string target = name.Length > 0 ? name : snapshot.ToString();
        using DaosValue reply = await System.OpenHandleAsync(
            ContainerOpcodes.Close,
            (call, drawn) =>
            {
                handle = drawn;
                SystemRequests.Snapshot(call, ContainerOpcodes.SnapshotOpen, false, new SnapshotRequest(Handle, new EntityName(drawn, name), snapshot));
            },
            What,
            target,
            token).ConfigureAwait(false);
        return new DaosContainer(Pool, Id, Name, handle, Properties, ReadEpoch(reply, What));
    }

    private async ValueTask<DaosValue> AskAsync(RpcOpcode opcode, bool isModification, SnapshotRequest request, string what, CancellationToken token)
    {
        ClientOperation operation = await System.RentSystemAsync(what, token).ConfigureAwait(false);
        SystemRequests.Snapshot(operation.Call, opcode, isModification, in request);
        DaosValue reply = await operation.Start(what, token).HeldValue.ConfigureAwait(false);
        return reply.Exists ? reply : throw new DaosException(DerCode.Nonexist, what, Name);
    }

    private Epoch ReadEpoch(DaosValue reply, string what) =>
        EpochReply.TryRead(reply.Span, out Epoch epoch) ? epoch : throw new DaosException(DerCode.Protocol, what, Name);

    private static void CheckName(string? name, string what)
    {
        if (name is not null)
        {
            SystemRequests.CheckLabel(name, what);
        }
    }
}
