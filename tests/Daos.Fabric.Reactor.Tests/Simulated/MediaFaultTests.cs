using Daos.Fabric.Reactor.Simulated;

namespace Daos.Fabric.Reactor.Tests.Simulated;

public sealed class MediaFaultTests : IDisposable
{
    private const int Block = OneFile.Block;

    private readonly OneFile _file = new();

    public void Dispose() => _file.Dispose();

    [Theory]
    [InlineData(MediaFaultKind.ReadError, -Errno.InputOutput)]
    [InlineData(MediaFaultKind.Interrupted, -Errno.Interrupted)]
    public void Read_NthFails_OnlyThatOne(MediaFaultKind kind, int result)
    {
        MediaFault fault = _file.Disk.Inject(new MediaFault(kind) { Skip = 2, TimesMax = 1 });
        Assert.Equal([Block, Block, result, Block], Enumerable.Range(0, 4).Select(_ => _file.Read(0, 1).Result));
        Assert.Equal(4, fault.Visits);
        Assert.Equal(1, fault.Hits);
    }

    [Theory]
    [InlineData(MediaFaultKind.WriteError, -Errno.InputOutput)]
    [InlineData(MediaFaultKind.WriteNoSpace, -Errno.NoSpace)]
    [InlineData(MediaFaultKind.Interrupted, -Errno.Interrupted)]
    public void Write_NthFails_OnlyThatOne(MediaFaultKind kind, int result)
    {
        _file.Disk.Inject(new MediaFault(kind) { Skip = 1, TimesMax = 1 });
        Assert.Equal([Block, result, Block], Enumerable.Range(0, 3).Select(i => _file.Write(i, 1, 1)));
    }

    [Fact]
    public void Transfers_Short_EndAtABlockAndCanGoOn()
    {
        _file.Disk.Inject(new MediaFault(MediaFaultKind.WriteShort) { TimesMax = 1 });
        _file.Disk.Inject(new MediaFault(MediaFaultKind.ReadShort) { TimesMax = 1 });
        int written = _file.Write(0, 8, 1);
        Assert.True(written is > 0 and < 8 * Block && written % Block == 0);
        Assert.True(_file.Content(0, 1).All(b => b == 1));
        int read = _file.Read(0, 8).Result;
        Assert.Equal(8 * Block, read);
        _file.Disk.ClearFaults();
        _file.Disk.Inject(new MediaFault(MediaFaultKind.ReadShort) { TimesMax = 1 });
        read = _file.Read(0, 8).Result;
        Assert.True(read is > 0 and < 8 * Block && read % Block == 0);
    }

    [Theory]
    [InlineData(MediaFaultKind.WriteDropped)]
    [InlineData(MediaFaultKind.WriteTornSector)]
    [InlineData(MediaFaultKind.WriteTornBlock)]
    [InlineData(MediaFaultKind.WriteMisdirected)]
    [InlineData(MediaFaultKind.WriteFlipped)]
    [InlineData(MediaFaultKind.WriteZeroed)]
    public void Write_DeviceLies_ShowsOtherBytesUntilWrittenAgain(MediaFaultKind kind)
    {
        _file.Write(0, 64, 1, WriteMode.Durable);
        _file.Disk.Inject(new MediaFault(kind) { TimesMax = 1 });
        Assert.Equal(4 * Block, _file.Write(8, 4, 2, WriteMode.Durable));
        byte[] seen = _file.Content(8, 4);
        Assert.Contains(seen, b => b != 2);
        int unit = kind == MediaFaultKind.WriteTornBlock ? Block : 512;
        if (kind != MediaFaultKind.WriteFlipped)
        {
            Assert.All(Enumerable.Range(0, seen.Length / unit), i => Assert.Single(seen.AsSpan(i * unit, unit).ToArray().Distinct()));
        }
        else
        {
            byte wrong = Assert.Single(seen, b => b != 2);
            Assert.True(int.PopCount(wrong ^ 2) == 1);
        }

        Assert.Equal(kind == MediaFaultKind.WriteMisdirected, _file.Content(0, 8).Concat(_file.Content(12, 52)).Any(b => b == 2));

        // The damage outlives a power cut, can be looked behind, and is gone with the next write.
        _file.PowerCut();
        Assert.Equal(seen, _file.Content(8, 4));
        _file.Disk.HidesDamage = true;
        Assert.All(_file.Content(8, 4), b => Assert.Equal(2, b));
        _file.Disk.HidesDamage = false;
        _file.Write(8, 4, 3);
        Assert.All(_file.Content(8, 4), b => Assert.Equal(3, b));
        _file.Disk.HealDamage();
        Assert.DoesNotContain(_file.Content(0, 8), b => b != 1);
    }

    [Fact]
    public void Read_MisdirectedOrFlipped_IsWrongOnce()
    {
        _file.Write(0, 1, 1);
        _file.Write(1, 1, 2);
        _file.Disk.Inject(new MediaFault(MediaFaultKind.ReadMisdirected) { TimesMax = 1, Argument = Block });
        Assert.All(_file.Content(0, 1), b => Assert.Equal(2, b));
        Assert.All(_file.Content(0, 1), b => Assert.Equal(1, b));
        _file.Disk.Inject(new MediaFault(MediaFaultKind.ReadFlipped) { TimesMax = 1 });
        Assert.Single(_file.Content(0, 1), b => b != 1);
        Assert.All(_file.Content(0, 1), b => Assert.Equal(1, b));
    }

    [Theory]
    [InlineData(MediaFaultKind.FlushError, -Errno.InputOutput)]
    [InlineData(MediaFaultKind.FlushLost, 0)]
    public void Flush_FailsOrLies_WhatItCoveredIsLostWhateverComesLater(MediaFaultKind kind, int result)
    {
        _file.Write(0, 1, 1, WriteMode.Durable);
        _file.Write(0, 1, 2);
        _file.Disk.Inject(new MediaFault(kind) { TimesMax = 1 });
        Assert.Equal(result, _file.Flush());
        Assert.Equal(0, _file.Flush());
        Assert.All(_file.Content(0, 1), b => Assert.Equal(2, b));
        _file.PowerCut();
        Assert.All(_file.Content(0, 1), b => Assert.Equal(1, b));

        _file.Disk.Inject(new MediaFault(kind) { TimesMax = 1 });
        Assert.Equal(result == 0 ? Block : result, _file.Write(0, 1, 3, WriteMode.Durable));
        Assert.Equal(0, _file.Flush());
        _file.PowerCut();
        Assert.All(_file.Content(0, 1), b => Assert.Equal(1, b));
    }

    [Fact]
    public void Damage_AtRest_IsShownAndHealed()
    {
        _file.Disk.KeepFormerContent();
        _file.Write(0, 2, 1);
        _file.Write(0, 2, 2);
        Assert.True(_file.Disk.Damage(MediaDamage.Stale, OneFile.Path, 0, 512));
        Assert.True(_file.Disk.Damage(MediaDamage.Zeroed, OneFile.Path, 512, 512));
        Assert.True(_file.Disk.Damage(MediaDamage.Flipped, OneFile.Path, 1024, 512));
        Assert.True(_file.Disk.Damage(MediaDamage.Misplaced, OneFile.Path, 1536, 512, otherBytes: 8 * Block));
        Assert.False(_file.Disk.Damage(MediaDamage.Misplaced, OneFile.Path, 2048, 512, otherBytes: Block));
        byte[] seen = _file.Content(0, 1);
        Assert.All(seen[..512], b => Assert.Equal(1, b));
        Assert.All(seen[512..1024], b => Assert.Equal(0, b));
        Assert.Single(seen[1024..1536], b => b != 2);
        Assert.All(seen[1536..2048], b => Assert.Equal(0, b));
        Assert.All(seen[2048..], b => Assert.Equal(2, b));
        _file.Disk.HealDamage();
        Assert.All(_file.Content(0, 1), b => Assert.Equal(2, b));
    }

    [Fact]
    public void Freeze_HoldsOperationsUntilThawed()
    {
        _file.Disk.Inject(new MediaFault(MediaFaultKind.Frozen) { TimesMax = 1, Argument = 3_000_000_000 });
        long start = _file.World.NowNs;
        Assert.Equal(Block, _file.Write(0, 1, 1));
        Assert.True(_file.World.NowNs - start >= 3_000_000_000);
        _file.Disk.Freeze();
        RecordingOperation write = _file.StartWrite(0, 1, 2);
        _file.World.RunFor(10_000_000_000);
        Assert.False(write.IsDone);
        _file.Disk.Thaw();
        Assert.True(_file.World.RunUntil(() => write.IsDone));
        _file.Disk.Inject(new MediaFault(MediaFaultKind.Delayed) { TimesMax = 1, Argument = 5_000_000_000 });
        start = _file.World.NowNs;
        _file.Read(0, 1);
        Assert.True(_file.World.NowNs - start >= 5_000_000_000);
    }

    [Fact]
    public void Faults_DrawnFromASeed_AreTheSameAgainAndOfThatShare()
    {
        long[] hits = [Run(3), Run(3), Run(4)];
        Assert.Equal(hits[0], hits[1]);
        Assert.NotEqual(hits[0], hits[2]);

        static long Run(ulong seed)
        {
            using var file = new OneFile(seed);
            MediaFault fault = file.Disk.Inject(new MediaFault(MediaFaultKind.ReadError) { Chance = 0.3 });
            long pattern = 0;
            for (int i = 0; i < 200; i++)
            {
                pattern = (pattern * 31) + (file.Read(0, 1).Result < 0 ? i : 0);
            }

            Assert.InRange(fault.Hits, 30, 90);
            return pattern;
        }
    }

    [Fact]
    public void Calls_Fail_WithATypedCode()
    {
        _file.Disk.Inject(new MediaFault(MediaFaultKind.CallNoSpace) { TimesMax = 1 });
        Assert.Equal(Core.Errors.DerCode.NoSpace, _file.Node.Files.Create("/g", Block, FileAccessMode.Direct).Code);
        _file.Disk.Inject(new MediaFault(MediaFaultKind.CallError) { TimesMax = 1, PathEnd = "/f" });
        Assert.True(_file.Node.Files.Create("/g", Block, FileAccessMode.Direct).IsSuccess);
        Assert.Equal(Core.Errors.DerCode.Io, _file.Node.Files.Open("/f", FileAccessMode.Direct).Code);
        Assert.True(_file.Node.Files.Open("/f", FileAccessMode.Direct).IsSuccess);
    }

    [Fact]
    public void Trace_CrashStates_AreThePrefixesDropsAndTears()
    {
        _file.Write(0, 4, 1, WriteMode.Durable);
        _file.Disk.StartTrace();
        _file.Write(0, 2, 2);
        _file.Write(2, 1, 3);
        _file.Flush();
        MediaTrace trace = _file.Disk.StopTrace();
        Assert.Equal(2, trace.WriteCount);
        Assert.Equal("write /f 0+8192", trace.Steps[1].ToString());
        var contents = new List<byte[]>();
        foreach (MediaCrashState state in trace.CrashStates())
        {
            using var other = new OneFile(9);
            other.Node.Crash(CrashKind.Process);
            other.Disk.Restore(state.Image);
            byte[] content = new byte[3 * Block];
            Assert.Equal(content.Length, other.Disk.Peek(OneFile.Path, 0, content));
            contents.Add(content);
            if (state.Step == trace.Steps.Count - 1)
            {
                Assert.All(content[..(2 * Block)], b => Assert.Equal(2, b));
                Assert.All(content[(2 * Block)..], b => Assert.Equal(3, b));
            }
        }

        // Nothing, either write alone, both, and every tear at a sector of either with the other one there or not yet.
        Assert.Contains(contents, c => c.All(b => b == 1));
        Assert.Contains(contents, c => c[0] == 1 && c[2 * Block] == 3);
        Assert.Contains(contents, c => c[511] == 2 && c[512] == 1 && c[2 * Block] == 1);
        Assert.Contains(contents, c => c[Block - 1] == 1 && c[Block] == 2);
        Assert.Contains(contents, c => c[0] == 2 && c[(2 * Block) + 3583] == 1 && c[(2 * Block) + 3584] == 3);
        Assert.True(contents.Count is > 40 and < 120, $"{contents.Count} states");
    }
}
