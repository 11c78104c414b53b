using Daos.Fabric.Reactor.Errors;
using Daos.Fabric.Reactor.Posix;
using Daos.Fabric.Reactor.Tests.Native;

namespace Daos.Fabric.Reactor.Tests.Posix;

[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class PosixTests : IDisposable
{
    private readonly string _directory =
        Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "posix-" + Guid.NewGuid().ToString("N")[..12])).FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("uring")]
    [InlineData("epoll")]
    [InlineData("portable")]
    public void Listen_UnixPathOfAPlainFile_IsBusyAndTheFileStays(string kind)
    {
        using Reactor reactor = ReactorFactory.Create(kind);
        string path = Path.Combine(_directory, "precious");
        File.WriteAllText(path, "data");
        Assert.Equal(DerCode.Busy, reactor.Listen(SocketAddress.Unix(path), 4).Code);
        Assert.Equal("data", File.ReadAllText(path));
    }

    [Theory]
    [InlineData("uring")]
    [InlineData("epoll")]
    [InlineData("portable")]
    public void UnixPath_TooLong_IsRefused(string kind)
    {
        using Reactor reactor = ReactorFactory.Create(kind);
        SocketAddress address = SocketAddress.Unix("/" + new string('x', 200));
        Assert.Equal(DerCode.ExceedsPathLen, reactor.Listen(address, 4).Code);
        var connect = new RecordingOperation();
        reactor.Connect(address, connect);
        for (int i = 0; i < 1000 && !connect.IsDone; i++)
        {
            reactor.Turn(reactor.Clock.MonotonicNs, 1_000_000);
        }

        Assert.Equal([-Errno.Invalid], connect.Results);
    }

    [Fact]
    public void Create_AboveTheFillLimit_HasBlocksWithoutBeingWritten()
    {
        var files = new PosixFiles(new PosixFilesOptions { ZeroFillBelowBytes = 0 });
        int file = files.Create(Path.Combine(_directory, "big"), 64 << 20, FileAccessMode.Direct).Value;
        Assert.Equal(64 << 20, files.Length(file).Value);
        files.Close(file);
    }

    [Fact]
    public void Create_LengthThatCannotBeHad_FailsAndLeavesNoFile()
    {
        var files = new PosixFiles();
        string path = Path.Combine(_directory, "huge");
        DerResult<int> file = files.Create(path, 1L << 55, FileAccessMode.Direct);
        Assert.Equal(DerCode.NoSpace, file.Code);
        Assert.False(files.Exists(path));
    }

    [Fact]
    public void CreateDirectory_OverAFile_IsNotADirectory()
    {
        var files = new PosixFiles();
        string path = Path.Combine(_directory, "file");
        File.WriteAllText(path, "");
        Assert.Equal(DerCode.NotDirectory, files.CreateDirectory(path));
        Assert.Equal(DerCode.NotDirectory, files.CreateDirectory(path + "/below"));
    }

    // io_uring lets go of a file a moment after it reported the last operation, and the lock lies on what it holds.
    [Fact]
    public void Close_WhileTheKernelStillHoldsTheFile_FreesTheLock()
    {
        var files = new PosixFiles();
        string path = Path.Combine(_directory, "locked");
        int file = files.Create(path, 4096, FileAccessMode.Buffered).Value;
        Assert.Equal(DerCode.Success, files.Lock(file));
        int held = Descriptors.dup(file);
        Assert.True(held >= 0);
        files.Close(file);
        int second = files.Open(path, FileAccessMode.Buffered).Value;
        Assert.Equal(DerCode.Success, files.Lock(second));
        files.Close(second);
        Assert.Equal(0, Descriptors.close(held));
    }

    [Fact]
    public void Path_WithZeroCharacter_IsRefused() => Assert.Throws<ArgumentException>(() => new PosixFiles().Exists("a\0b"));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, -1005)]
    [InlineData(-2, -1005)]
    [InlineData(28, -1007)]
    [InlineData(5, -2001)]
    [InlineData(13, -1001)]
    [InlineData(17, -1004)]
    [InlineData(20, -1027)]
    [InlineData(98, -1012)]
    [InlineData(110, -1011)]
    [InlineData(111, -1006)]
    [InlineData(125, -1018)]
    [InlineData(99999, -1025)]
    public void ErrnoMap_GivesTheCodeOfDaos(int errno, int code) => Assert.Equal(code, ErrnoMap.ToDerCode(errno).Value);
}
