using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Checking;
using Daos.Fabric.Store.Media;
using Daos.Fabric.Store.Results;
using Daos.Fabric.Store.Tests.Operations;
using Daos.Fabric.Store.Tests.Recovery;
using Daos.Fabric.Store.Trees;

namespace Daos.Fabric.Store.Tests.Checking;

/// <summary>Stores that are sound, and stores damaged in one known way each, which the inspection must name.</summary>
public sealed class StoreInspectionTests
{
    [Fact]
    public void Inspect_AfterEveryOperation_IsSoundAndWritesNothing()
    {
        foreach (BasicOperation operation in BasicOperations.All)
        {
            using var world = new OperationWorld(1);
            StoreShard shard = world.Open();
            Assert.Equal(DerCode.Success, world.World.Run(() => operation.Run(shard)));
            world.World.Crash(CrashKind.Power);
            ulong before = world.Disk.Capture().ContentHash();
            Inspector.AssertSound(world.World, operation.Name);
            Assert.Equal(before, world.Disk.Capture().ContentHash());
            Assert.Equal(0, world.Disk.UnflushedCount);
        }
    }

    [Fact]
    public void Inspect_ManyObjectsUnderLoad_IsSoundAtEveryPowerCut()
    {
        for (ulong seed = 1; seed <= 3; seed++)
        {
            using var world = new StoreWorld(seed);
            var load = new ObjectLoad();
            StoreShard shard = world.Create(load.Options(world));
            world.Run(() => load.FormatAsync(shard));
            load.Start(world, shard, seed);
            world.World.RunFor(80_000_000);
            world.Crash(CrashKind.Power);
            CheckReport report = Inspector.Inspect(world);
            Assert.True(report.Counts["checksums"] > 20);
            Inspector.AssertSound(world, $"seed {seed}");
        }
    }

    [Fact]
    public void Inspect_TellsAVisitorOfEverything()
    {
        using var world = new OperationWorld(1);
        var seen = new List<string>();
        Inspector.Inspect(world.World, new Recorder(seen));
        Assert.Contains($"container {BasicOperations.First}", seen);
        Assert.Contains("dkey large", seen);
        Assert.Contains("value 10000", seen);
        Assert.Contains("array 1", seen);
    }

    [Fact]
    public void Page_Flipped_IsNamedAndSoIsEveryOther()
    {
        using var world = new OperationWorld(1);
        LiveRegion[] pages = LiveRegions.Of(world.Disk, new HashSet<long>(), []).Where(r => r.Kind == LiveKind.Page).Take(2).ToArray();
        foreach (LiveRegion page in pages)
        {
            world.Disk.Damage(MediaDamage.Flipped, page.Path, page.OffsetBytes, 4096);
        }

        CheckReport report = Inspector.Inspect(world.World);
        Assert.All(pages, page => Assert.Contains(report.Findings, f => f.Where.Contains($"byte {page.OffsetBytes}") && f.What.Contains("bad checksum")));
        Assert.Equal(2, report.DamageCount);
    }

    [Fact]
    public void LogBlock_Flipped_IsNamed()
    {
        using var world = new OperationWorld(1);
        LiveRegion block = LiveRegions.Of(world.Disk, new HashSet<long>(), []).First(r => r.Kind == LiveKind.Log);
        world.Disk.Damage(MediaDamage.Flipped, block.Path, block.OffsetBytes, block.LengthBytes);
        CheckFinding finding = Assert.Single(Inspector.Inspect(world.World).Findings);
        Assert.Contains("is damaged at position", finding.What);
        Assert.Contains($"byte {block.OffsetBytes} of the file", finding.What);
    }

    [Fact]
    public void DataFile_Flipped_NamesTheValueAndTheByte()
    {
        using var world = new OperationWorld(1);
        LiveRegion data = LiveRegions.Of(world.Disk, new HashSet<long>(), [BasicOperations.Bytes(10_000, 2)]).Single(r => r.Kind == LiveKind.Data);
        world.Disk.Damage(MediaDamage.Flipped, data.Path, data.OffsetBytes, data.LengthBytes);
        CheckFinding finding = Assert.Single(Inspector.Inspect(world.World).Findings);
        Assert.Equal(CheckSeverity.Damage, finding.Severity);
        Assert.Contains("dkey \"large\", akey \"a\"", finding.Where);
        Assert.Contains($"byte {data.OffsetBytes} of /store/data do not fit their checksum", finding.What);
    }

    [Fact]
    public void Superblock_OneCopyFlipped_IsAWarning()
    {
        using var world = new OperationWorld(1);
        world.Disk.Damage(MediaDamage.Flipped, "/store/meta", 0, 4096);
        CheckReport report = Inspector.Inspect(world.World);
        Assert.Equal(0, report.DamageCount);
        Assert.Contains("one of the two superblock copies", Assert.Single(report.Findings).What);
    }

    [Theory]
    [InlineData("data block freed", "is free in the bitmap")]
    [InlineData("data block taken", "1 blocks of 4096 bytes are in use and no value refers to them")]
    [InlineData("data shared", "is part of another value too")]
    [InlineData("data outside", "lies outside the data file")]
    [InlineData("block lost", "is in use and nothing refers to it")]
    [InlineData("record shared", "belongs to somebody else as well")]
    [InlineData("record nowhere", "cannot be followed")]
    [InlineData("slab count", "blocks are in use, its list of freed blocks says")]
    [InlineData("slab list", "which does not belong there")]
    [InlineData("slab magic", "no slab starts here")]
    [InlineData("tree order", "stand in the wrong order")]
    [InlineData("tree prefix", "has the wrong hash or prefix")]
    [InlineData("tree node", "no tree node lies at")]
    [InlineData("key order", "does not fit the object")]
    [InlineData("value byte", "do not fit their checksum")]
    [InlineData("version newer", "is not older than the newest")]
    [InlineData("transaction", "waits for transaction 7, which is not there")]
    [InlineData("never created", "was never created")]
    [InlineData("container state", "does not fit the table")]
    [InlineData("result slot", "stands in slot")]
    [InlineData("root version", "this program knows up to")]
    public void Damage_OfOneKind_IsNamed(string damage, string sentence)
    {
        using var world = new OperationWorld(1);
        StoreShard shard = world.Open();
        world.World.Run(async () =>
        {
            Assert.Equal(DerCode.Success, await BasicOperations.All.Single(o => o.Name == "replace small by large").Run(shard));
            Assert.Equal(DerCode.Success, shard.Transaction.Begin());
            Spoil(shard, damage);
            Assert.Equal(DerCode.Success, shard.Transaction.Commit(out LogPosition position));
            return await shard.WaitStableAsync(position);
        });
        world.World.Crash(CrashKind.Power);
        CheckReport report = Inspector.Inspect(world.World);
        Assert.True(
            report.Findings.Any(f => f.What.Contains(sentence, StringComparison.Ordinal)),
            $"{damage} was not named:{Environment.NewLine}{string.Join(Environment.NewLine, report.Findings)}");
    }

    private static unsafe void Spoil(StoreShard shard, string damage)
    {
        Arena arena = shard.Arena;
        LocalTransaction change = shard.Transaction;
        ulong container = shard.Objects.Containers.Find(BasicOperations.First);
        ulong found = First(arena, arena.At<ContainerDf>(container)->Objects);
        ulong dkeys = arena.At<ObjectDf>(found)->Dkeys;
        ulong small = Akey(arena, dkeys, "small");
        ulong large = Akey(arena, dkeys, "large");
        ulong version = arena.At<KeyRecordDf>(large)->Below;
        var data = arena.At<DataReferenceDf>(version + VersionDf.SizeBytes);
        ulong chunk = *arena.At<ulong>(arena.Header->DataSpace + DataSpaceDf.SizeBytes);
        switch (damage)
        {
            case "data block freed":
                *change.Modify<byte>(chunk + (data->Block / 8)) ^= (byte)(1 << (int)(data->Block % 8));
                break;
            case "data block taken":
                *change.Modify<byte>(chunk + 31) ^= 0x80;
                break;
            case "data shared":
                ulong other = arena.At<KeyRecordDf>(small)->Below;
                change.Modify<DataReferenceDf>(other + VersionDf.SizeBytes)->Block = data->Block;
                break;
            case "data outside":
                change.Modify<DataReferenceDf>(version + VersionDf.SizeBytes)->Block = 1 << 20;
                break;
            case "block lost":
                change.Allocate(300);
                break;
            case "record shared":
                change.Modify<KeyRecordDf>(small)->Below = version;
                break;
            case "record nowhere":
                change.Modify<KeyRecordDf>(small)->Below = 1UL << 40;
                break;
            case "slab count":
                change.Modify<SlabHeaderDf>(version & ~0xFFFFUL)->Used++;
                break;
            case "slab list":
                *change.ModifyHeader(&arena.Header->Classes[20]) = version & ~0xFFFFUL;
                break;
            case "slab magic":
                change.Modify<SlabHeaderDf>(version & ~0xFFFFUL)->Magic = 1;
                break;
            case "tree order":
                LeafEntryDf* entries = TreeNodeDf.Leaves((TreeNodeDf*)change.Modify(dkeys, TreeNodeDf.LeafBytes(TreeNodeDf.LeafMin)));
                (entries[0], entries[1]) = (entries[1], entries[0]);
                break;
            case "tree prefix":
                change.Modify<LeafEntryDf>(TreeNodeDf.LeafEntryOffset(dkeys, 1))->Prefix ^= 1;
                break;
            case "tree node":
                change.Modify<TreeNodeDf>(dkeys)->Magic = 1;
                break;
            case "key order":
                change.Modify<KeyRecordDf>(small)->Order = Core.Identities.KeyOrder.Lexical;
                break;
            case "value byte":
                ulong old = Akey(arena, dkeys, "old");
                *change.Modify<byte>(arena.At<KeyRecordDf>(old)->Below + VersionDf.SizeBytes + 5) ^= 4;
                break;
            case "version newer":
                change.Modify<VersionDf>(arena.At<KeyRecordDf>(small)->Below)->Epoch = 1;
                break;
            case "transaction":
                change.Modify<VersionDf>(version)->Transaction = 7;
                break;
            case "never created":
                change.Modify<IncarnationEventDf>(found)->Kind = IncarnationKind.None;
                break;
            case "container state":
                change.Modify<ContainerDf>(container)->State = ContainerState.Destroying;
                break;
            case "result slot":
                ulong client = First(arena, arena.At<StoreRootDf>(arena.Root(StoreRootDf.RootSlot))->Clients);
                change.Modify<ResultDf>(arena.At<ClientDf>(client)->Segments[0] + ResultDf.SizeBytes)->Sequence = 2;
                break;
            case "root version":
                change.Modify<StoreRootDf>(arena.Root(StoreRootDf.RootSlot))->Version = 99;
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(damage), damage, "unknown damage");
        }
    }

    private static ulong First(Arena arena, ulong root)
    {
        TreeCursor cursor = default;
        cursor.Reset(arena, root);
        Assert.True(cursor.SeekFirst());
        return cursor.Record;
    }

    private static unsafe ulong Akey(Arena arena, ulong dkeys, string name)
    {
        TreeCursor cursor = default;
        cursor.Reset(arena, dkeys);
        for (bool more = cursor.SeekFirst(); more; more = cursor.MoveNext())
        {
            if (System.Text.Encoding.UTF8.GetString(KeyRecordDf.Key(arena, cursor.Record)) == name)
            {
                return First(arena, arena.At<KeyRecordDf>(cursor.Record)->Below);
            }
        }

        throw new InvalidOperationException($"there is no dkey {name}");
    }

    private sealed class Recorder(List<string> seen) : IStoreVisitor
    {
        public void Container(Core.Identities.ContainerId id, bool isDestroyed, Core.Identities.Epoch aggregated) => seen.Add($"container {id}");

        public void Snapshot(Core.Identities.Epoch epoch) => seen.Add($"snapshot {epoch.Value}");

        public void Transaction(in StoredTransaction transaction) => seen.Add($"transaction {transaction.State} {transaction.Records}");

        public void Object(Core.Identities.ObjectId id, StoredEvent newest) => seen.Add($"object {id}");

        public void Dkey(ReadOnlySpan<byte> key, StoredEvent newest) => seen.Add($"dkey {System.Text.Encoding.UTF8.GetString(key)}");

        public void Akey(ReadOnlySpan<byte> key, bool isArray, uint recordBytes, StoredEvent newest) =>
            seen.Add(isArray ? $"array {recordBytes}" : "single");

        public void Value(in StoredValue value) => seen.Add($"value {value.Bytes}");
    }
}
