using System.Text;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Media;
using Daos.Fabric.Store.Results;

namespace Daos.Fabric.Store.Checking;

/// <summary>
/// Walks every container, object, key, value and result of an arena, checks each and tells a visitor. What cannot be followed becomes a
/// finding, and the walk goes on beside it. One owner thread.
/// </summary>
internal sealed unsafe class StoreWalker(Arena arena, AllocationMap allocations, BlockMap blocks, CheckReport report, IStoreVisitor? visitor)
{
    private readonly TreeWalker _trees = new(arena, allocations, report);
    private readonly TransactionWalker _transactions = new(arena, allocations, report, visitor);

    /// <summary>Values whose checksums lie with them; the data of those in the data file is still to be read.</summary>
    internal List<CheckedValue> Values { get; } = [];

    /// <summary>Walks everything.</summary>
    internal void Run() => Guard("store root", () =>
    {
        ulong root = arena.Root(StoreRootDf.RootSlot);
        var head = arena.At<StoreRootDf>(root);
        if (head->Version > StoreRootDf.VersionValue)
        {
            report.Damage("store root", $"it has version {head->Version}, this program knows up to {StoreRootDf.VersionValue}");
            return;
        }

        allocations.Claim(root, StoreRootDf.SizeBytes, "store root");
        _trees.Walk(head->Containers, "containers", record => new IdentityKey(IdAt(record)), record => Container(record, isDestroyed: false));
        _trees.Walk(head->Destroyed, "destroyed containers", record => new OffsetKey(record), record => Container(record, isDestroyed: true));
        _trees.Walk(head->Clients, "clients", record => new IdentityKey(IdAt(record)), Client);
    });

    private Guid IdAt(ulong record) => new(new ReadOnlySpan<byte>(arena.At(record, 16), 16), bigEndian: true);

    // An offset that leads nowhere costs what hangs on it.
    private void Guard(string owner, Action action)
    {
        try
        {
            action();
        }
        catch (InvariantException exception)
        {
            report.Damage(owner, $"it cannot be followed: {exception.Message}");
        }
    }

    private void Container(ulong record, bool isDestroyed)
    {
        string owner = $"container {IdAt(record)}";
        Guard(owner, () =>
        {
            allocations.Claim(record, ContainerDf.SizeBytes, owner);
            var container = arena.At<ContainerDf>(record);
            if (container->State != (isDestroyed ? ContainerState.Destroying : ContainerState.Live))
            {
                report.Damage(owner, $"its state {container->State} does not fit the table that it stands in");
            }

            report.Count("containers");
            visitor?.Container(new ContainerId(IdAt(record)), isDestroyed, new Epoch(container->AggregatedEpoch));
            Snapshots(container, owner);
            _transactions.Begin(record, owner, isDestroyed);
            _trees.Walk(
                container->Objects, $"{owner}, objects", at => new ObjectKey(arena.At<ObjectDf>(at)->Id), at => Object(at, owner));
            _transactions.End();
        });
    }

    private void Snapshots(ContainerDf* container, string owner)
    {
        long found = _trees.Walk(
            container->Snapshots, $"{owner}, snapshots", at => new StampKey(new VersionStamp(arena.At<SnapshotDf>(at)->Epoch, 0)), at =>
            {
                allocations.Claim(at, SnapshotDf.SizeBytes, $"{owner}, snapshot");
                report.Count("snapshots");
                visitor?.Snapshot(new Epoch(arena.At<SnapshotDf>(at)->Epoch));
            });
        if (found != container->SnapshotCount)
        {
            report.Damage(owner, $"it has {found} snapshots and says {container->SnapshotCount}");
        }
    }

    private void Object(ulong record, string container)
    {
        ObjectId id = arena.At<ObjectDf>(record)->Id;
        string owner = $"{container}, object {id}";
        Guard(owner, () =>
        {
            allocations.Claim(record, ObjectDf.SizeBytes, owner);
            report.Count("objects");
            StoredEvent born = Events(record, owner);
            visitor?.Object(id, born);
            Keys(arena.At<ObjectDf>(record)->Dkeys, id.DkeyOrder, owner, "dkey", (at, name, newest) =>
            {
                visitor?.Dkey(KeyRecordDf.Key(arena, at), newest);
                report.Count("dkeys");
                if (arena.At<KeyRecordDf>(at)->Type != AkeyType.None || arena.At<KeyRecordDf>(at)->History != 0)
                {
                    report.Damage(name, "it holds a value although it is a dkey");
                }

                Keys(arena.At<KeyRecordDf>(at)->Below, id.AkeyOrder, name, "akey", Akey);
            });
        });
    }

    private void Keys(ulong root, KeyOrder order, string parent, string kind, Action<ulong, string, StoredEvent> visit)
    {
        string trees = $"{parent}, {kind}s";
        void Visit(ulong record)
        {
            string name = $"{parent}, {kind} {Show(KeyRecordDf.Key(arena, record))}";
            Guard(name, () =>
            {
                var key = arena.At<KeyRecordDf>(record);
                allocations.Claim(record, KeyRecordDf.AllocationBytes(key->KeyLength), name);
                if (key->Order != order || KeyTree.Validate(order, key->KeyLength).IsError)
                {
                    report.Damage(name, $"its order {key->Order} or length {key->KeyLength} does not fit the object, which asks for {order}");
                }

                visit(record, name, Events(record, name));
            });
        }

        switch (order)
        {
            case KeyOrder.Integer:
                _trees.Walk(root, trees, at => new IntegerKey(IntegerKey.PrefixOf(arena, at)), Visit);
                break;
            case KeyOrder.Lexical:
                _trees.Walk(root, trees, at => new LexicalKey(KeyAt(at, out int length), length), Visit);
                break;
            default:
                _trees.Walk(root, trees, at => new HashedKey(KeyAt(at, out int length), length), Visit);
                break;
        }
    }

    private byte* KeyAt(ulong record, out int length)
    {
        length = KeyRecordDf.Key(arena, record).Length;
        return arena.At(record + KeyRecordDf.SizeBytes, length);
    }

    // The incarnation log stands first in objects and keys.
    private StoredEvent Events(ulong log, string owner)
    {
        var incarnation = arena.At<IncarnationDf>(log);
        IncarnationEventDf newest = incarnation->Newest;
        if (newest.Kind is not (IncarnationKind.Create or IncarnationKind.Punch))
        {
            report.Damage(owner, "it was never created");
        }

        _transactions.Named(newest.Transaction, owner);

        long older = _trees.Walk(
            incarnation->Older, $"{owner}, older events", at => new StampKey(arena.At<IncarnationEventDf>(at)->Stamp), at =>
            {
                allocations.Claim(at, IncarnationEventDf.SizeBytes, $"{owner}, older event");
                _transactions.Named(arena.At<IncarnationEventDf>(at)->Transaction, owner);
                if (arena.At<IncarnationEventDf>(at)->Stamp >= newest.Stamp)
                {
                    report.Damage(owner, $"the event at {at} is not older than the newest");
                }
            });
        return new StoredEvent(new Epoch(newest.Epoch), newest.Minor, newest.Kind == IncarnationKind.Punch, older);
    }

    private void Akey(ulong record, string owner, StoredEvent newestEvent)
    {
        KeyRecordDf key = *arena.At<KeyRecordDf>(record);
        report.Count("akeys");
        visitor?.Akey(KeyRecordDf.Key(arena, record), key.Type == AkeyType.Array, key.RecordBytes, newestEvent);
        switch (key.Type)
        {
            case AkeyType.Single:
                VersionStamp newest = key.Below == 0 ? default : arena.At<VersionDf>(key.Below)->Stamp;
                _trees.Walk(key.History, $"{owner}, versions", at => new StampKey(arena.At<VersionDf>(at)->Stamp), at =>
                {
                    if (key.Below == 0 || arena.At<VersionDf>(at)->Stamp >= newest)
                    {
                        report.Damage(owner, $"the version at {at} is not older than the newest");
                    }

                    Version(at, owner);
                });
                if (key.Below != 0)
                {
                    Version(key.Below, owner);
                }

                break;
            case AkeyType.Array:
                Extents(key, owner);
                break;
            default:
                if (key.Below != 0 || key.History != 0)
                {
                    report.Damage(owner, $"it holds something of an unknown type {key.Type}");
                }

                break;
        }
    }

    private void Version(ulong record, string owner) => Guard($"{owner}, version at {record}", () =>
    {
        VersionDf version = *arena.At<VersionDf>(record);
        ReadOnlySpan<DataReferenceDf> runs = DataRuns.Of(arena, record);
        allocations.Claim(record, DataRuns.AllocationBytesOf(arena, record), $"{owner}, version");
        report.Count("versions");
        if (version.Media is not (ValueMedia.Arena or ValueMedia.Data))
        {
            report.Damage(owner, $"the version at {record} lies on an unknown medium {version.Media}");
            return;
        }

        _transactions.Named(version.Transaction, owner);
        DataExtent data = runs.IsEmpty ? default : runs[0].Extent;
        visitor?.Value(new StoredValue(
            new Epoch(version.Epoch), version.Minor, 0, 1, version.ValueBytes, false, data, record, Math.Max(1, runs.Length)));
        AddValue(new CheckedValue(owner, record, IsExtent: false, data, version.ValueBytes, 0), runs);
    });

    private void Extents(KeyRecordDf key, string owner)
    {
        if (key.Below == 0)
        {
            return;
        }

        if ((key.Below & BTree.InlineTag) != 0)
        {
            Extent(key.Below & ~BTree.InlineTag, key.RecordBytes, -1, owner);
            return;
        }

        allocations.Claim(key.Below, ExtentClassesDf.SizeBytes, $"{owner}, extents");
        var classes = arena.At<ExtentClassesDf>(key.Below);
        for (int i = 0; i < ExtentClassesDf.ClassesMax; i++)
        {
            int lengthClass = i;
            if ((classes->Classes >> i & 1) != 0 != (classes->Roots[i] != 0))
            {
                report.Damage(owner, $"the bit of length class {i} does not say whether there are extents in it");
            }

            _trees.Walk(
                classes->Roots[i],
                $"{owner}, extents of class {i}",
                at => new ExtentKey(arena.At<ExtentDf>(at)->Start, arena.At<ExtentDf>(at)->Count, arena.At<ExtentDf>(at)->Stamp),
                at => Extent(at, key.RecordBytes, lengthClass, owner));
        }
    }

    private void Extent(ulong record, uint recordBytes, int lengthClass, string owner) => Guard($"{owner}, extent at {record}", () =>
    {
        ExtentDf extent = *arena.At<ExtentDf>(record);
        long bytes = extent.Media == ValueMedia.Hole ? 0 : checked((long)extent.Count * recordBytes);
        allocations.Claim(record, ExtentDf.AllocationBytes(extent.Media, extent.ChecksumWords, bytes), $"{owner}, extent");
        report.Count("extents");
        if (extent.Count == 0 || extent.Media > ValueMedia.Data || (lengthClass >= 0 && ExtentClassesDf.ClassOf(extent.Count) != lengthClass))
        {
            report.Damage(owner, $"the extent at {record} of {extent.Count} records makes no sense in length class {lengthClass}");
            return;
        }

        _transactions.Named(extent.Transaction, owner);
        DataExtent data = extent.Media == ValueMedia.Data ? extent.Data.Extent : default;
        visitor?.Value(new StoredValue(
            new Epoch(extent.Epoch), extent.Minor, extent.Start, extent.Count, bytes, extent.Media == ValueMedia.Hole, data, record, 1));
        if (extent.Media != ValueMedia.Hole)
        {
            var value = new CheckedValue(owner, record, IsExtent: true, data, bytes, (extent.Start & ~ObjectLimits.ParityBit) * recordBytes);
            AddValue(value, extent.Media == ValueMedia.Data ? new ReadOnlySpan<DataReferenceDf>(ref extent.Data) : []);
        }
    });

    private void AddValue(CheckedValue value, ReadOnlySpan<DataReferenceDf> runs)
    {
        if (runs.IsEmpty || blocks.Claim(runs, value.Bytes, value.Owner))
        {
            Values.Add(value);
        }
    }

    private void Client(ulong record)
    {
        string owner = $"client {IdAt(record)}";
        Guard(owner, () =>
        {
            allocations.Claim(record, ClientDf.SizeBytes, owner);
            ClientDf client = *arena.At<ClientDf>(record);
            if (client.Capacity < ClientDf.CapacityMin
                || client.Capacity > ClientDf.SegmentResults * ClientDf.SegmentsMax
                || !System.Numerics.BitOperations.IsPow2(client.Capacity))
            {
                report.Damage(owner, $"its ring has {client.Capacity} results");
                return;
            }

            int perSegment = (int)Math.Min(client.Capacity, ClientDf.SegmentResults);
            for (uint slot = 0; slot < client.Capacity; slot++)
            {
                ulong segment = client.Segments[slot / ClientDf.SegmentResults];
                if (slot % ClientDf.SegmentResults == 0)
                {
                    allocations.Claim(segment, perSegment * ResultDf.SizeBytes, $"{owner}, results");
                }

                var result = arena.At<ResultDf>(segment + (slot % ClientDf.SegmentResults * ResultDf.SizeBytes));
                if (result->Sequence != 0 && result->Sequence % client.Capacity != slot)
                {
                    report.Damage(owner, $"the result of sequence {result->Sequence} stands in slot {slot} of {client.Capacity}");
                }
            }

            report.Count("clients");
        });
    }

    private static string Show(ReadOnlySpan<byte> key) =>
        key.ContainsAnyExceptInRange((byte)' ', (byte)'~') ? $"0x{Convert.ToHexStringLower(key)}" : $"\"{Encoding.ASCII.GetString(key)}\"";
}
