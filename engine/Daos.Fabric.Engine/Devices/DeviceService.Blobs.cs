using Daos.Fabric.Store.Devices;

namespace Daos.Fabric.Engine.Devices;

/// <content>
/// Blobs of pools: made before the shards, grown before them, given back after them. The tables are touched here only; targets are handed what
/// they need with the call that needs it.
/// </content>
internal sealed partial class DeviceService
{
    private static readonly DeviceRoles[] s_roles = [DeviceRoles.Wal, DeviceRoles.Meta, DeviceRoles.Data];

    // In the number of the target, while a shard is made in the place of one that went: a crash in between leaves blobs of nobody.
    private const int Unfinished = 1 << 16;

    private readonly Dictionary<DeviceEntry, OpenDevice> _open = [];

    private IEnumerable<(DeviceEntry Entry, OpenDevice Open)> OpenOnes =>
        Entries.Where(_open.ContainsKey).Select(e => (e, _open[e]));

    /// <summary>The blobs of a pool as they are now, by target; empty ones where its shard lies in files.</summary>
    public RoleBlobs?[] BlobsOf(PoolId pool)
    {
        var blobs = new RoleBlobs?[engine.TargetCount];
        for (int target = 0; target < blobs.Length; target++)
        {
            blobs[target] = _open.Count == 0 ? null : RoleBlobs.Of(FindBlobs(pool, target));
        }

        return blobs;
    }

    /// <summary>
    /// Makes the blobs of a pool on every device whose targets serve: with one change of each table. What is there stays. DER_NOSPACE, with a sentence in the
    /// log; DER_IO, and then the device fails. What other devices made stays until <see cref="FreeAsync(PoolId)"/>.
    /// </summary>
    public ValueTask<DerCode> AllocateAsync(PoolId pool, ShardSizes sizes) => AllocateAsync(pool, sizes, Serves, mark: 0);

    /// <summary>Makes the blobs of a pool that are there so large that its shards can grow to these sizes; codes as above.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> GrowAsync(PoolId pool, ShardSizes sizes)
    {
        DerCode code = DerCode.Success;
        foreach ((DeviceEntry entry, OpenDevice open) in OpenOnes.ToArray())
        {
            code = code.IsSuccess ? Judge(entry, open, await open.Device.GrowAsync(PresentRequests(entry, open, pool, sizes))) : code;
        }

        return code;
    }

    /// <summary>Whether <see cref="GrowAsync"/> would find room now; a sentence is in the log when not.</summary>
    public DerCode CheckRoom(PoolId pool, ShardSizes sizes)
    {
        DerCode code = DerCode.Success;
        foreach ((DeviceEntry entry, OpenDevice open) in OpenOnes.ToArray())
        {
            code = code.IsSuccess ? Judge(entry, open, open.Device.CheckRoom(PresentRequests(entry, open, pool, sizes))) : code;
        }

        return code;
    }

    /// <summary>
    /// Gives back the blobs of a pool on every device that is open; no shard uses them. A device that cannot store that fails, and gives them back when it
    /// comes into use again: success too.
    /// </summary>
    public ValueTask<DerCode> FreeAsync(PoolId pool) => FreeAsync(tag => tag.Pool == pool.Value);

    /// <summary>
    /// The consistency check: gives back what no pool that exists can ever use again, after a crash or while a device was out. Start-up, and when a device
    /// comes back.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    public async ValueTask ReclaimAsync()
    {
        HashSet<Guid> pools = [.. engine.Directory.Pools.Select(static p => p.Id.Value)];
        foreach ((DeviceEntry entry, OpenDevice open) in OpenOnes.ToArray())
        {
            DeviceBlob[] orphans = [.. open.Device.Blobs.Where(b => IsOrphan(entry, b.Tag))];
            if (orphans.Length == 0)
            {
                continue;
            }

            DerCode code = Judge(entry, open, await open.Device.DestroyAsync(tag => IsOrphan(entry, tag)));
            engine.Log($"device {entry.Id} had {orphans.Length} blobs of {orphans.Sum(static b => b.LengthBytes)} bytes that belong to no pool any more; "
                + (code.IsSuccess ? "they are free again" : $"they stay: {code.Text}"));
        }

        bool IsOrphan(DeviceEntry entry, BlobTag tag) =>
            !pools.Contains(tag.Pool) || !entry.Targets.Contains(tag.Target) || (entry.Roles & (DeviceRoles)tag.Role) == 0;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> AllocateAsync(PoolId pool, ShardSizes sizes, Func<int, bool> isWanted, int mark)
    {
        DerCode code = DerCode.Success;
        foreach ((DeviceEntry entry, OpenDevice open) in OpenOnes.ToArray())
        {
            BlobRequest[] requests = [.. entry.Targets.Where(isWanted).SelectMany(t => Requests(entry, pool, t | mark, sizes))];
            code = code.IsSuccess ? Judge(entry, open, await open.Device.CreateAsync(requests, engine.System.Random)) : code;
        }

        return code;
    }

    // The shard is made: from now on its blobs count.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> FinishAsync(PoolId pool, int target)
    {
        DerCode code = DerCode.Success;
        foreach ((DeviceEntry entry, OpenDevice open) in OpenOnes.ToArray())
        {
            code = code.IsSuccess
                ? Judge(entry, open, await open.Device.AssignAsync(t => t.Pool == pool.Value && t.Target == (target | Unfinished) ? t with { Target = target } : t))
                : code;
        }

        return code;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> FreeAsync(Func<BlobTag, bool> fits)
    {
        foreach ((DeviceEntry entry, OpenDevice open) in OpenOnes.ToArray())
        {
            _ = Judge(entry, open, await open.Device.DestroyAsync(fits));
        }

        return DerCode.Success;
    }

    private bool Serves(int target) => EntriesOf(target).All(static e => e.State == DeviceState.Normal);

    private IEnumerable<DeviceEntry> EntriesOf(int target) => Entries.Where(e => e.Targets.Contains(target));

    private IEnumerable<DeviceBlob> FindBlobs(PoolId pool, int target, int mark = 0)
    {
        foreach ((DeviceEntry entry, OpenDevice open) in OpenOnes.Where(o => o.Entry.Targets.Contains(target)))
        {
            foreach (DeviceRoles role in s_roles.Where(r => (entry.Roles & r) != 0))
            {
                if (open.Device.Find(TagOf(pool, target | mark, role)) is { } blob)
                {
                    yield return blob;
                }
            }
        }
    }

    private static IEnumerable<BlobRequest> Requests(DeviceEntry entry, PoolId pool, int target, ShardSizes sizes) =>
        s_roles.Where(r => (entry.Roles & r) != 0).Select(role => new BlobRequest(
            TagOf(pool, target, role), ShardBlobSizes.Of((BlobRole)role, sizes.ArenaBytes, sizes.LogBytes, sizes.DataBytes)));

    private static BlobRequest[] PresentRequests(DeviceEntry entry, OpenDevice open, PoolId pool, ShardSizes sizes) =>
        [.. entry.Targets.SelectMany(t => Requests(entry, pool, t, sizes)).Where(r => open.Device.Find(r.Tag) is not null)];

    private static BlobTag TagOf(PoolId pool, int target, DeviceRoles role) => new(pool.Value, target, (BlobRole)role);

    // A table that cannot be written is a device that failed, whatever the limits: nothing can be made or given back on it.
    private DerCode Judge(DeviceEntry entry, OpenDevice open, DerCode code)
    {
        if (code.IsError)
        {
            engine.Log(open.Report.LastError);
        }

        if (open.Device.State.IsError && entry.State == DeviceState.Normal && engine.Options.AutoFaulty.Enable)
        {
            engine.System.Xstream.Spawn(FailAsync(entry.Id));
        }

        return code;
    }

    // Whoever met it holds the directory's mutex; this waits for it.
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask FailAsync(Guid device)
    {
        if (_watches.TryEnter())
        {
            try
            {
                _ = await SetFaultyAsync(device, "its table of blobs cannot be written");
            }
            finally
            {
                _watches.Leave();
            }
        }
    }
}
