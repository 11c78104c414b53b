using Daos.Fabric.Core.Errors;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Core.Time;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Transactions.Tables;

namespace Daos.Fabric.Store.Tool.Tests;

/// <summary>The command lines of <c>dstore</c> on a store in real files: what is printed, how it ends, what it leaves alone.</summary>
public sealed class DstoreTests : IDisposable
{
    private static readonly ContainerId s_container = new(new Guid("11112222-3333-4444-5555-666677778888"));

    private readonly string _root = Path.Combine(AppContext.BaseDirectory, $"dstore-{Environment.ProcessId}-{Guid.NewGuid():N}");
    private readonly string _store;

    public DstoreTests()
    {
        _store = Path.Combine(_root, "pool", "0");
        Directory.CreateDirectory(Path.GetDirectoryName(_store)!);
        using var loop = new ToolLoop();
        loop.Run(async () =>
        {
            DerResult<StoreShard> made = await StoreShard.CreateAsync(loop.Loop, Options());
            Assert.True(made.IsSuccess);
            Assert.Equal(DerCode.Success, made.Value.CreateContainer(s_container, out LogPosition position));
            Assert.Equal(DerCode.Success, await made.Value.WaitStableAsync(position));
            await made.Value.CloseAsync();
            return true;
        });
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Check_SoundStore_EndsWithZeroAndChangesNothing()
    {
        byte[][] before = Files();
        (int code, string output, string errors) = Run("check", _store);
        Assert.True(code == ExitCode.Sound, output + errors);
        Assert.Contains($"{_store} is sound.", output);
        Assert.Contains("1 containers", output);
        Assert.Empty(errors);
        Assert.Equal(before, Files());
    }

    [Fact]
    public void Ls_UndecidedTransaction_ShowsItAndDumpTheCommitted()
    {
        var first = new TransactionId(new Guid("22222222-0000-0000-0000-000000000001"), 0x77);
        var second = new TransactionId(new Guid("22222222-0000-0000-0000-000000000002"), 0x78);
        using (var loop = new ToolLoop())
        {
            loop.Run(async () =>
            {
                DerResult<StoreShard> store = await StoreShard.OpenAsync(loop.Loop, Options());
                Prepare(store.Value, first);
                Prepare(store.Value, second);
                Assert.Equal(DerCode.Success, store.Value.CommitTransactions(s_container, [second], out _, out int committed, out _));
                Assert.Equal(1, committed);
                Assert.Equal(DerCode.Success, await store.Value.WaitStableAsync(store.Value.AppendedPosition));
                await store.Value.CloseAsync();
                return true;
            });
        }

        Assert.Contains("1 undecided transactions", Run("check", _store).Output);
        string ls = Run("ls", _store).Output;
        Assert.Contains($"transaction {first.Client}.77 Prepared", ls);
        Assert.Contains("(Leader), 0 records, 0 bytes of participants", ls);
        Assert.DoesNotContain("Committed", ls);
        Assert.Contains($"transaction {second.Client}.78 Committed", Run("dump", _store).Output);
    }

    private static void Prepare(StoreShard shard, TransactionId id)
    {
        TransactionPlan plan = shard.BeginTransaction(new TransactionInfo { Container = s_container, Id = id, Flags = TransactionFlags.Leader });
        plan.AddPunch(new ObjectTarget { Container = s_container, Transaction = id }, PunchScope.Object, []);
        Assert.Equal(DerCode.Success, plan.Prepare(out _, out _));
        plan.Free();
    }

    [Fact]
    public void Check_RolesElsewhere_AreFoundByTheirOptions()
    {
        string fast = Path.Combine(_root, "fast");
        Directory.CreateDirectory(fast);
        File.Move(Path.Combine(_store, "log"), Path.Combine(fast, "log"));
        File.Move(Path.Combine(_store, "data"), Path.Combine(_root, "disk.img"));
        Assert.Equal(ExitCode.Unavailable, Run("check", _store).Code);
        (int code, string output, string errors) = Run("check", _store, "--wal", fast, "--data", Path.Combine(_root, "disk.img"));
        Assert.True(code == ExitCode.Sound, output + errors);
        (code, output, _) = Run("check", _store, "--wal", Path.Combine(_root, "disk.img"), "--data", Path.Combine(fast, "log"));
        Assert.Equal(ExitCode.Damaged, code);
        Assert.Contains("the paths of the roles are exchanged", output);
    }

    [Fact]
    public void Check_BadSuperblockCopy_WarnsAndIsRenewedWithWrite()
    {
        Spoil("meta", 100);
        (int code, string output, _) = Run("check", _store);
        Assert.Equal(ExitCode.Sound, code);
        Assert.Contains("warning: ", output);
        Assert.Contains("one of the two superblock copies is damaged", output);
        (code, output, _) = Run("check", "--write", _store);
        Assert.Equal(ExitCode.Sound, code);
        Assert.Contains("written: ", output);
        Assert.DoesNotContain("warning", Run("check", _store).Output);
    }

    [Fact]
    public void Check_DamagedHeader_EndsWithOneAndWritesNothing()
    {
        Spoil("log", 20);
        byte[][] before = Files();
        (int code, string output, string errors) = Run("check", "--write", _store);
        Assert.Equal(ExitCode.Damaged, code);
        Assert.Contains("damage: ", output);
        Assert.Contains("or its header is damaged", output);
        Assert.Contains("Nothing was written", errors);
        Assert.Equal(before, Files());
    }

    [Fact]
    public void Check_NoSuperblockLeft_SaysSo()
    {
        Spoil("meta", 100);
        Spoil("meta", 65536 + 100);
        (int code, _, string errors) = Run("check", _store);
        Assert.Equal(ExitCode.Damaged, code);
        Assert.Contains("Both superblocks", errors);
    }

    [Fact]
    public void EveryCommand_WrongPlace_NamesTheStoresNearby()
    {
        foreach (string command in new[] { "check", "ls", "dump", "wal" })
        {
            (int code, _, string errors) = Run(command, _root);
            Assert.Equal(ExitCode.Unavailable, code);
            Assert.Contains("There is no store in", errors);
            Assert.Contains($"Stores below it: {_store}", errors);
        }

        Assert.Contains("A store is the directory", Run("check", Path.Combine(_root, "nothing")).Errors);
    }

    [Fact]
    public void Check_StoreInUse_SaysSo()
    {
        using var loop = new ToolLoop();
        StoreShard open = loop.Run(() => StoreShard.OpenAsync(loop.Loop, Options())).Value;
        (int code, _, string errors) = Run("check", _store);
        Assert.Equal(ExitCode.Unavailable, code);
        Assert.Contains("in use by another process", errors);
        loop.Run(async () =>
        {
            await open.CloseAsync();
            return true;
        });
    }

    [Fact]
    public void LsDumpWal_PrintWhatIsThere()
    {
        (int code, string output, _) = Run("ls", _store);
        Assert.Equal(ExitCode.Sound, code);
        Assert.Equal($"container {s_container}{Environment.NewLine}", output);
        (code, output, _) = Run("dump", _store, "--container", s_container.ToString());
        Assert.Equal(ExitCode.Sound, code);
        Assert.Contains("format version: 1", output);
        Assert.Contains("checkpoint: sequence", output);
        Assert.Contains($"container {s_container} aggregated 0", output);
        (code, output, _) = Run("wal", _store);
        Assert.Equal(ExitCode.Sound, code);
        Assert.Contains("position ", output);
        Assert.Contains("not needed", output);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("ls", "x", "--container", "nonsense")]
    [InlineData("frobnicate", "x")]
    [InlineData("check", "x", "--wirte")]
    public void WrongUsage_EndsWithTwoAndASentence(params string[] arguments)
    {
        (int code, _, string errors) = Run(arguments);
        Assert.Equal(ExitCode.Usage, code);
        Assert.StartsWith("dstore: ", errors);
    }

    [Fact]
    public void Help_NamesCommandsAndExitCodes()
    {
        (int code, string output, _) = Run("--help");
        Assert.Equal(ExitCode.Sound, code);
        Assert.All(["check", "ls", "dump", "wal", "Exit codes"], word => Assert.Contains(word, output));
    }

    private static (int Code, string Output, string Errors) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        int code = Program.Run(arguments, output, errors);
        return (code, output.ToString(), errors.ToString());
    }

    private StoreOptions Options() => new()
    {
        Path = _store,
        Hlc = new HybridLogicalClock(SystemClock.Instance),
        Random = new SeededRandom(1),
        ArenaReserveBytes = 4 << 20,
        LogBytes = 256 << 10,
        LogBlockBytes = 16 << 10,
        DataBytes = 1 << 20,
    };

    private void Spoil(string file, long offset)
    {
        using FileStream stream = File.Open(Path.Combine(_store, file), FileMode.Open);
        stream.Position = offset;
        int there = stream.ReadByte();
        stream.Position = offset;
        stream.WriteByte((byte)(there ^ 0x10));
    }

    private byte[][] Files() => new[] { "meta", "log", "data" }.Select(name => File.ReadAllBytes(Path.Combine(_store, name))).ToArray();
}
