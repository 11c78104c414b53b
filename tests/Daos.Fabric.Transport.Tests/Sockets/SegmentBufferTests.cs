using System.Buffers;
using System.IO.Pipelines;
using Daos.Fabric.Transport.Sockets.Buffers;

namespace Daos.Fabric.Transport.Tests.Sockets;

public sealed class SegmentBufferTests : IDisposable
{
    private readonly OwnerLoop _loop = new("owner", new IdleReactor(), new OwnerLoopOptions());
    private readonly SegmentPool _pool = new("test", 4096, connectionsMax: 1, sharedBytes: 16 * 4096);

    public void Dispose()
    {
        Assert.Equal("", _pool.DescribeHeld());
        _pool.Dispose();
    }

    [Fact]
    public void WriteAndRead_ThroughThePipeContracts_KeepsEveryByte()
    {
        using OwnerThread.EnterScope scope = _loop.Enter();
        var stream = new SegmentBuffer(_loop, _pool);
        PipeWriter writer = stream.Writer;
        PipeReader reader = stream.Reader;
        byte[] expected = Pair.Pattern(1, 20_000);
        for (int at = 0; at < expected.Length;)
        {
            int step = Math.Min(1 + (at % 777), expected.Length - at);
            expected.AsSpan(at, step).CopyTo(writer.GetSpan(step));
            writer.Advance(step);
            at += step;
        }

        Assert.True(writer.FlushAsync(TestContext.Current.CancellationToken).IsCompletedSuccessfully);
        var read = new List<byte>();
        while (read.Count < expected.Length)
        {
            Assert.True(reader.TryRead(out ReadResult result));
            ReadOnlySequence<byte> part = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, 3001));
            read.AddRange(part.ToArray());
            reader.AdvanceTo(part.End);
        }

        Assert.Equal(expected, read);
        Assert.False(reader.TryRead(out _));
        reader.Complete();
    }

    [Fact]
    public void ReadAsync_NothingExamined_WaitsForMore()
    {
        var stream = new SegmentBuffer(_loop, _pool);
        Task<long> task;
        using (_loop.Enter())
        {
            stream.Writer.GetSpan(3)[..3].Fill(1);
            stream.Writer.Advance(3);
            Assert.True(stream.Reader.TryRead(out ReadResult first));
            stream.Reader.AdvanceTo(first.Buffer.Start, first.Buffer.End);
            task = ReadLength(stream.Reader);
        }

        _loop.RunTurn(0);
        Assert.False(task.IsCompleted);
        using (_loop.Enter())
        {
            stream.Writer.GetSpan(2)[..2].Fill(1);
            stream.Writer.Advance(2);
            Assert.True(stream.Writer.FlushAsync(TestContext.Current.CancellationToken).IsCompletedSuccessfully);
        }

        _loop.RunTurn(0);
        Assert.Equal(5, task.Result);
        using (_loop.Enter())
        {
            stream.Reader.Complete();
        }
    }

    [Fact]
    public void FlushAsync_TooMuchUnread_WaitsUntilTheReaderMadeRoom()
    {
        var stream = new SegmentBuffer(_loop, _pool);
        Task<FlushResult> flush;
        using (_loop.Enter())
        {
            stream.Writer.PauseBytes = 1000;
            stream.Writer.GetSpan(2000)[..2000].Clear();
            stream.Writer.Advance(2000);
            flush = stream.Writer.FlushAsync(TestContext.Current.CancellationToken).AsTask();
        }

        _loop.RunTurn(0);
        Assert.False(flush.IsCompleted);
        using (_loop.Enter())
        {
            Assert.True(stream.Reader.TryRead(out ReadResult result));
            stream.Reader.AdvanceTo(result.Buffer.GetPosition(1600));
        }

        _loop.RunTurn(0);
        Assert.False(flush.Result.IsCompleted);
        using (_loop.Enter())
        {
            stream.Reader.Complete();
        }
    }

    [Fact]
    public void Complete_Writer_ReaderSeesTheEndAndTheFault()
    {
        using OwnerThread.EnterScope scope = _loop.Enter();
        var stream = new SegmentBuffer(_loop, _pool);
        stream.Writer.GetSpan(1)[0] = 1;
        stream.Writer.Advance(1);
        stream.Writer.Complete();
        Assert.True(stream.Reader.TryRead(out ReadResult result));
        Assert.True(result.IsCompleted);
        Assert.Equal(1, result.Buffer.Length);
        Assert.Throws<InvalidOperationException>(() => stream.Writer.GetMemory());
        stream.Reader.AdvanceTo(result.Buffer.End);
        stream.Reader.Complete();

        var faulted = new SegmentBuffer(_loop, _pool);
        faulted.Writer.Complete(new IOException("broken"));
        Assert.Throws<IOException>(() => faulted.Reader.TryRead(out _));
    }

    [Fact]
    public void CancelPendingRead_EndsOneReadOnly()
    {
        using OwnerThread.EnterScope scope = _loop.Enter();
        var stream = new SegmentBuffer(_loop, _pool);
        stream.Reader.CancelPendingRead();
        Assert.True(stream.Reader.TryRead(out ReadResult result));
        Assert.True(result.IsCanceled);
        Assert.False(stream.Reader.TryRead(out _));
    }

    [Fact]
    public void GetSpan_PoolUsedUp_ThrowsNoMemory()
    {
        using OwnerThread.EnterScope scope = _loop.Enter();
        var stream = new SegmentBuffer(_loop, _pool);
        DaosException error = Assert.Throws<DaosException>(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                stream.Writer.GetSpan(4096);
                stream.Writer.Advance(4096);
            }
        });
        Assert.Equal(DerCode.NoMemory, error.Code);
        Assert.True(_pool.IsShort);
        stream.Clear();
        Assert.False(_pool.IsShort);
    }

    private static async Task<long> ReadLength(PipeReader reader) => (await reader.ReadAsync()).Buffer.Length;
}
