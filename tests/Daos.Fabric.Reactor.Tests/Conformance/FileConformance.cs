namespace Daos.Fabric.Reactor.Tests.Conformance;

public abstract unsafe class FileConformance : ConformanceBase
{
    private const int Block = 4096;

    private string FilePath => Fixture.Directory + "/file";

    [Theory]
    [InlineData(FileAccessMode.Direct, WriteMode.Plain)]
    [InlineData(FileAccessMode.Direct, WriteMode.Durable)]
    [InlineData(FileAccessMode.Buffered, WriteMode.Plain)]
    [InlineData(FileAccessMode.Buffered, WriteMode.Durable)]
    public void WriteFlushRead_EveryMode_BytesComeBack(FileAccessMode access, WriteMode mode)
    {
        int file = Reactor.Files.Create(FilePath, 1 << 20, access).Value;
        byte* memory = Memory(4 * Block);
        new Random(1).NextBytes(new Span<byte>(memory, 2 * Block));
        Assert.Equal(2 * Block, Run(op => Reactor.WriteFile(file, memory, 2 * Block, 8 * Block, mode, op)));
        Assert.Equal(0, Run(op => Reactor.FlushFile(file, op)));
        Assert.Equal(2 * Block, Run(op => Reactor.ReadFile(file, memory + (2 * Block), 2 * Block, 8 * Block, op)));
        Assert.True(new Span<byte>(memory, 2 * Block).SequenceEqual(new Span<byte>(memory + (2 * Block), 2 * Block)));
        Reactor.Files.Close(file);
    }

    [Fact]
    public void Create_NewFile_ReadsAsZeroesAndHasItsLength()
    {
        int file = Reactor.Files.Create(FilePath, 16 * Block, FileAccessMode.Direct).Value;
        byte* memory = Memory(16 * Block);
        new Span<byte>(memory, 16 * Block).Fill(0xAA);
        Assert.Equal(16 * Block, Reactor.Files.Length(file).Value);
        Assert.Equal(16 * Block, Run(op => Reactor.ReadFile(file, memory, 16 * Block, 0, op)));
        Assert.False(new Span<byte>(memory, 16 * Block).ContainsAnyExcept((byte)0));
        Reactor.Files.Close(file);
    }

    [Fact]
    public void Read_AtTheEnd_IsShortThenZero()
    {
        int file = Reactor.Files.Create(FilePath, 3 * Block, FileAccessMode.Direct).Value;
        byte* memory = Memory(4 * Block);
        Assert.Equal(Block, Run(op => Reactor.ReadFile(file, memory, 4 * Block, 2 * Block, op)));
        Assert.Equal(0, Run(op => Reactor.ReadFile(file, memory, 4 * Block, 3 * Block, op)));
        Reactor.Files.Close(file);
    }

    [Fact]
    public void Direct_MisalignedMemory_IsInvalid()
    {
        int file = Reactor.Files.Create(FilePath, 4 * Block, FileAccessMode.Direct).Value;
        byte* memory = Memory(4 * Block);
        Assert.Equal(-Errno.Invalid, Run(op => Reactor.WriteFile(file, memory, Block, 1, WriteMode.Plain, op)));
        Assert.Equal(-Errno.Invalid, Run(op => Reactor.ReadFile(file, memory, 100, 0, op)));
        Reactor.Files.Close(file);
    }

    [Fact]
    public void Write_ToReadOnlyFile_Fails()
    {
        Reactor.Files.Close(Reactor.Files.Create(FilePath, Block, FileAccessMode.Buffered).Value);
        int file = Reactor.Files.Open(FilePath, FileAccessMode.ReadOnly).Value;
        byte* memory = Memory(Block);
        Assert.True(Run(op => Reactor.WriteFile(file, memory, Block, 0, WriteMode.Plain, op)) < 0);
        Reactor.Files.Close(file);
    }

    [Theory]
    [InlineData(WriteMode.Plain)]
    [InlineData(WriteMode.Durable)]
    public void ManyWrites_BeyondTheQueueSize_AllLand(WriteMode mode)
    {
        const int Count = 700;
        int file = Reactor.Files.Create(FilePath, Count * Block, FileAccessMode.Direct).Value;
        byte* memory = Memory(Count * Block);
        for (int i = 0; i < Count; i++)
        {
            new Span<byte>(memory + (i * Block), Block).Fill((byte)(i % 251));
        }

        var writes = new List<RecordingOperation>();
        Fixture.Do(() =>
        {
            for (int i = 0; i < Count; i++)
            {
                writes.Add(new RecordingOperation());
                // Now and then one that takes a single entry, so that pairs meet the end of the queue at every position.
                WriteMode thisMode = i % 7 == 0 ? WriteMode.Plain : mode;
                Reactor.WriteFile(file, memory + (i * Block), Block, (long)i * Block, thisMode, writes[^1]);
            }
        });
        Fixture.Until(() => writes.All(w => w.IsDone));
        Assert.All(writes, w => Assert.Equal(Block, w.Result));
        new Span<byte>(memory, Count * Block).Clear();
        Assert.Equal(Count * Block, Run(op => Reactor.ReadFile(file, memory, Count * Block, 0, op)));
        for (int i = 0; i < Count; i++)
        {
            Assert.Equal(i % 251, memory[(i * Block) + 17]);
        }

        Reactor.Files.Close(file);
    }

    [Fact]
    public void DurableWrite_ThatFails_ReportsTheErrorOnce()
    {
        Reactor.Files.Close(Reactor.Files.Create(FilePath, Block, FileAccessMode.Buffered).Value);
        int file = Reactor.Files.Open(FilePath, FileAccessMode.ReadOnly).Value;
        byte* memory = Memory(Block);
        RecordingOperation write = Start(op => Reactor.WriteFile(file, memory, Block, 0, WriteMode.Durable, op));
        Fixture.Until(() => write.IsDone);
        Fixture.For(1_000_000);
        Assert.True(Assert.Single(write.Results) < 0);
        Reactor.Files.Close(file);
    }

    [Fact]
    public void Cancel_FileOperations_EachEndsExactlyOnce()
    {
        int file = Reactor.Files.Create(FilePath, 64 * Block, FileAccessMode.Direct).Value;
        byte* memory = Memory(64 * Block);
        for (int i = 0; i < 50; i++)
        {
            RecordingOperation write = Start(op => Reactor.WriteFile(file, memory, 32 * Block, 0, WriteMode.Durable, op));
            RecordingOperation read = Start(op => Reactor.ReadFile(file, memory + (32 * Block), 32 * Block, 0, op));
            RecordingOperation flush = Start(op => Reactor.FlushFile(file, op));
            Fixture.Do(() =>
            {
                Reactor.Cancel(write);
                Reactor.Cancel(read);
                Reactor.Cancel(flush);
            });
            Fixture.Until(() => write.IsDone && read.IsDone && flush.IsDone);
            Assert.Contains(Assert.Single(write.Results), (int[])[32 * Block, -Errno.Canceled]);
            Assert.Contains(Assert.Single(read.Results), (int[])[32 * Block, -Errno.Canceled]);
            Assert.Contains(Assert.Single(flush.Results), (int[])[0, -Errno.Canceled]);
        }

        Reactor.Files.Close(file);
    }

    [Fact]
    public void Dispose_WithWritesUnderWay_LetsGoOfTheMemory()
    {
        int file = Reactor.Files.Create(FilePath, 1 << 20, FileAccessMode.Direct).Value;
        byte* memory = Memory(1 << 20);
        for (int i = 0; i < 16; i++)
        {
            _ = Start(op => Reactor.WriteFile(file, memory, 1 << 20, 0, WriteMode.Durable, op));
        }

        Fixture.Do(Reactor.Dispose);
        new Span<byte>(memory, 1 << 20).Fill(0xEE);
    }

    [Fact]
    public void Files_Names_FollowTheContract()
    {
        IReactorFiles files = Reactor.Files;
        string nested = Fixture.Directory + "/a/b";
        Assert.Equal(DerCode.Success, files.CreateDirectory(nested));
        Assert.Equal(DerCode.Success, files.CreateDirectory(nested));
        foreach (string name in (string[])["zwei", "Eins", "drei"])
        {
            files.Close(files.Create(nested + "/" + name, Block, FileAccessMode.Buffered).Value);
        }

        Assert.Equal(["Eins", "drei", "zwei"], files.List(nested).Value);
        Assert.Equal(DerCode.Exists, files.Create(nested + "/drei", Block, FileAccessMode.Buffered).Code);
        Assert.Equal(DerCode.Nonexist, files.Create(Fixture.Directory + "/none/x", Block, FileAccessMode.Buffered).Code);
        Assert.Equal(DerCode.NotDirectory, files.Create(nested + "/drei/x", Block, FileAccessMode.Buffered).Code);
        Assert.Equal(DerCode.Nonexist, files.Open(nested + "/vier", FileAccessMode.Direct).Code);
        Assert.Equal(DerCode.Nonexist, files.List(Fixture.Directory + "/none").Code);
        Assert.Equal(DerCode.Nonexist, files.Delete(nested + "/vier"));
        Assert.Equal(DerCode.Success, files.Delete(Fixture.Directory + "/a"));
        Assert.False(files.Exists(nested + "/drei"));
        Assert.False(files.Exists(Fixture.Directory + "/a"));
    }

    [Fact]
    public void Files_GrowAndLock_FollowTheContract()
    {
        IReactorFiles files = Reactor.Files;
        int file = files.Create(FilePath, Block, FileAccessMode.Direct).Value;
        Assert.Equal(DerCode.Success, files.Grow(file, 10 * Block));
        Assert.Equal(10 * Block, files.Length(file).Value);
        Assert.Equal(DerCode.Success, files.Grow(file, Block));
        Assert.Equal(10 * Block, files.Length(file).Value);
        Assert.Equal(DerCode.Success, files.Lock(file));
        int second = files.Open(FilePath, FileAccessMode.Direct).Value;
        Assert.Equal(DerCode.Busy, files.Lock(second));
        files.Close(file);
        Assert.Equal(DerCode.Success, files.Lock(second));
        files.Close(second);
    }

    [Fact]
    public void Files_KindOf_TellsDirectoriesFilesAndNothing()
    {
        IReactorFiles files = Reactor.Files;
        files.Close(files.Create(FilePath, Block, FileAccessMode.Buffered).Value);
        Assert.Equal(PathKind.File, files.KindOf(FilePath));
        Assert.Equal(PathKind.Directory, files.KindOf(Fixture.Directory));
        Assert.Equal(PathKind.Nothing, files.KindOf(FilePath + "-none"));
    }

    [Fact]
    public void Trim_ARange_LeavesItsNeighboursAndTheLength()
    {
        int file = Reactor.Files.Create(FilePath, 32 * Block, FileAccessMode.Direct).Value;
        byte* memory = Memory(32 * Block);
        new Span<byte>(memory, 32 * Block).Fill(0xAA);
        Assert.Equal(32 * Block, Run(op => Reactor.WriteFile(file, memory, 32 * Block, 0, WriteMode.Durable, op)));
        Assert.Contains(Run(op => Reactor.TrimFile(file, 8 * Block, 16 * Block, op)), (int[])[0, -Errno.NotSupported]);
        Assert.Equal(32 * Block, Reactor.Files.Length(file).Value);
        new Span<byte>(memory, 32 * Block).Clear();
        Assert.Equal(32 * Block, Run(op => Reactor.ReadFile(file, memory, 32 * Block, 0, op)));
        Assert.False(new Span<byte>(memory, 8 * Block).ContainsAnyExcept((byte)0xAA));
        Assert.False(new Span<byte>(memory + (24 * Block), 8 * Block).ContainsAnyExcept((byte)0xAA));

        // What was given back can be written again.
        new Span<byte>(memory, Block).Fill(0xBB);
        Assert.Equal(Block, Run(op => Reactor.WriteFile(file, memory, Block, 9 * Block, WriteMode.Durable, op)));
        Assert.Equal(Block, Run(op => Reactor.ReadFile(file, memory + Block, Block, 9 * Block, op)));
        Assert.Equal(0xBB, memory[Block + 100]);
        Reactor.Files.Close(file);
    }
}
