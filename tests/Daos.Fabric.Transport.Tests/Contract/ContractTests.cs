namespace Daos.Fabric.Transport.Tests.Contract;

/// <summary>What every provider promises. A class per provider derives from it.</summary>
public abstract unsafe class ContractTests
{
    private protected abstract Pair Open(Func<TransportOptions, TransportOptions>? change = null);

    [Fact]
    public void Send_BothWays_EchoesEveryByteInOrder()
    {
        using Pair pair = Open().Connect();
        pair.ServerHandler.OnEach = Echo;
        var sent = new List<byte[]>();
        for (int i = 0; i < 300; i++)
        {
            sent.Add(Pair.Pattern(i, i * 7 % 2048));
            pair.Send(pair.Near, sent[i]);
        }

        pair.RunUntil(() => pair.ClientHandler.Messages.Count == 300, "300 echoes");
        Assert.Equal(sent, pair.ServerHandler.Messages);
        Assert.Equal(sent, pair.ClientHandler.Messages);
        AssertNothingHeld(pair);
    }

    [Fact]
    public void OnMessage_AnyLength_AddressIsAligned()
    {
        using Pair pair = Open().Connect();
        bool aligned = true;
        pair.ServerHandler.OnEach = (TransportConnection _, in InboundMessage m) => aligned &= (nuint)m.Address % 8 == 0;
        for (int i = 0; i < 64; i++)
        {
            pair.Send(pair.Near, Pair.Pattern(i, i));
        }

        pair.RunUntil(() => pair.ServerHandler.Messages.Count == 64);
        Assert.True(aligned);
    }

    [Fact]
    public void Send_AtTheSizeLimit_Arrives()
    {
        using Pair pair = Open().Connect();
        byte[] large = Pair.Pattern(1, 64 * 1024);
        for (int i = 0; i < 5; i++)
        {
            pair.Send(pair.Near, large);
        }

        pair.RunUntil(() => pair.ServerHandler.Messages.Count == 5);
        Assert.All(pair.ServerHandler.Messages, m => Assert.Equal(large, m));
        AssertNothingHeld(pair);
    }

    [Fact]
    public void Retain_OverManySegments_BytesStayUntilReleased()
    {
        using Pair pair = Open().Connect();
        pair.ServerHandler.Keep = false;
        var held = new List<(MessageSegment Segment, nint Address, int Length, int Seed)>();
        int count = 0;
        pair.ServerHandler.OnEach = (TransportConnection _, in InboundMessage m) =>
        {
            if (count++ % 50 == 0 && m.LengthBytes == 600)
            {
                held.Add((m.Retain(), (nint)m.Address, m.LengthBytes, count - 1));
            }
        };
        for (int i = 0; i < 2000; i++)
        {
            pair.Send(pair.Near, Pair.Pattern(i, 600));
            if (i % 64 == 63)
            {
                int sent = i + 1;
                pair.RunUntil(() => count == sent);
            }
        }

        pair.RunUntil(() => count == 2000);
        Assert.Equal(40, held.Count);
        pair.On(pair.ServerLoop, () =>
        {
            foreach ((MessageSegment segment, nint address, int length, int seed) in held)
            {
                Assert.True(new ReadOnlySpan<byte>((void*)address, length).SequenceEqual(Pair.Pattern(seed, length)));
                segment.Release();
            }
        });

        // A connection may keep the segment that it is filling until it moves on.
        pair.Send(pair.Near, [1]);
        pair.RunUntil(() => count == 2001);
        AssertNothingHeld(pair);
    }

    [Fact]
    public void CanSend_PeerDoesNotRun_TurnsFalseAndOnWritableFollows()
    {
        using Pair pair = Open(o => o with { SendQueueBytesMax = 64 * 1024 }).Connect();
        byte[] message = Pair.Pattern(3, 1000);
        int sent = 0;
        pair.On(pair.ClientLoop, () =>
        {
            while (pair.Near.CanSend)
            {
                message.CopyTo(pair.Near.BeginMessage(1000));
                pair.Near.EndMessage(1000);
                Assert.True(++sent < 100_000);
            }
        });
        Assert.True(sent >= 60);
        pair.RunUntil(() => pair.ServerHandler.Messages.Count == sent);
        pair.RunUntil(() => pair.ClientHandler.WritableCount > 0, "OnWritable");
        Assert.True(pair.Near.CanSend);
        Assert.Equal(1, pair.ClientHandler.WritableCount);
    }

    [Fact]
    public void Send_FarBeyondTheQueueLimit_ClosesWithDos()
    {
        using Pair pair = Open(o => o with { SendQueueBytesMax = 64 * 1024 }).Connect();
        pair.On(pair.ClientLoop, () =>
        {
            for (int i = 0; i < 1000; i++)
            {
                pair.Near.BeginMessage(1000).Clear();
                pair.Near.EndMessage(1000);
            }

            Assert.False(pair.Near.IsOpen);
        });
        pair.RunUntil(() => pair.ClientHandler.Closed.Count == 1);
        Assert.Equal(DerCode.Dos, pair.ClientHandler.Closed[0].Reason);
        pair.RunUntil(() => pair.ServerHandler.Closed.Count == 1);
        AssertNothingHeld(pair);
    }

    [Fact]
    public void Close_OneSide_BothAreToldOnce()
    {
        using Pair pair = Open().Connect();
        pair.Send(pair.Near, [1, 2, 3]);
        pair.RunUntil(() => pair.ServerHandler.Messages.Count == 1);
        pair.On(pair.ClientLoop, () =>
        {
            pair.Near.Close(DerCode.Canceled);
            Assert.Empty(pair.ClientHandler.Closed);
            pair.Near.Close(DerCode.Io);
        });
        pair.RunUntil(() => pair.ClientHandler.Closed.Count + pair.ServerHandler.Closed.Count == 2);
        pair.Settle();
        Assert.Equal([(pair.Near, DerCode.Canceled)], pair.ClientHandler.Closed);
        Assert.Equal([(pair.Far, DerCode.Unreachable)], pair.ServerHandler.Closed);
        Assert.False(pair.Far.IsOpen);
        pair.Send(pair.Far, [1]);
        pair.Send(pair.Near, [1]);
        Assert.False(pair.Near.CanSend);
        AssertNothingHeld(pair);
    }

    [Fact]
    public void Close_InsideOnMessage_LaterMessagesAreNotDelivered()
    {
        using Pair pair = Open().Connect();
        pair.ServerHandler.OnEach = (TransportConnection c, in InboundMessage _) => c.Close(DerCode.NoPerm);
        for (int i = 0; i < 10; i++)
        {
            pair.Send(pair.Near, [(byte)i]);
        }

        pair.RunUntil(() => pair.ClientHandler.Closed.Count + pair.ServerHandler.Closed.Count == 2);
        Assert.Single(pair.ServerHandler.Messages);
        AssertNothingHeld(pair);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(7, 3)]
    [InlineData(8, 8)]
    [InlineData(4096, 1)]
    [InlineData(65_535, 5)]
    [InlineData(262_144, 0)]
    [InlineData(262_145, 13)]
    [InlineData(1_048_576, 0)]
    [InlineData(3_000_001, 7)]
    public void OneSided_AnyLengthAndOffset_MovesExactlyThoseBytes(int lengthBytes, int offsetBytes)
    {
        using Pair pair = Open().Connect();
        using var remote = new NativeBlock(lengthBytes + offsetBytes + 9);
        using var local = new NativeBlock(lengthBytes);
        Pair.Pattern(1, remote.LengthBytes).CopyTo(remote.Span);
        RemoteMemory memory = Register(pair, remote, MemoryAccess.RemoteRead | MemoryAccess.RemoteWrite);

        Assert.Equal(DerCode.Success, pair.Wait(pair.ServerLoop, () => pair.Far.ReadRemoteAsync(memory, offsetBytes, local.Address, lengthBytes)));
        Assert.True(local.Span.SequenceEqual(remote.Span.Slice(offsetBytes, lengthBytes)));

        byte[] expected = remote.Span.ToArray();
        byte[] fresh = Pair.Pattern(2, lengthBytes);
        fresh.CopyTo(local.Span);
        fresh.CopyTo(expected.AsSpan(offsetBytes));
        Assert.Equal(DerCode.Success, pair.Wait(pair.ServerLoop, () => pair.Far.WriteRemoteAsync(memory, offsetBytes, local.Address, lengthBytes)));
        Assert.True(remote.Span.SequenceEqual(expected));
        Assert.True(remote.GuardsIntact && local.GuardsIntact);
        AssertNothingHeld(pair);
    }

    [Fact]
    public void OneSided_FourOf1MiBWithMessagesBetween_AllArrive()
    {
        using Pair pair = Open().Connect();
        const int Length = 1 << 20;
        using var remote = new NativeBlock(8 * Length);
        using var local = new NativeBlock(8 * Length);
        Pair.Pattern(1, remote.LengthBytes).CopyTo(remote.Span);
        Pair.Pattern(2, local.LengthBytes).CopyTo(local.Span);
        byte[] written = local.Span[(4 * Length)..].ToArray();
        RemoteMemory memory = Register(pair, remote, MemoryAccess.RemoteRead | MemoryAccess.RemoteWrite);
        var tasks = new List<Task<DerCode>>();
        bool aligned = true;
        pair.ServerHandler.OnEach = (TransportConnection _, in InboundMessage m) => aligned &= (nuint)m.Address % 8 == 0;
        pair.ClientHandler.OnEach = pair.ServerHandler.OnEach;
        for (int i = 0; i < 4; i++)
        {
            int at = i * Length;
            tasks.Add(pair.Begin(pair.ServerLoop, () => pair.Far.ReadRemoteAsync(memory, at, local.Address + at, Length)));
            tasks.Add(pair.Begin(pair.ServerLoop, () => pair.Far.WriteRemoteAsync(memory, at + (4 * Length), local.Address + at + (4 * Length), Length)));
            pair.Send(pair.Near, [(byte)i]);
            pair.Send(pair.Far, [(byte)i]);
        }

        pair.RunUntil(() => tasks.All(t => t.IsCompleted) && pair.ServerHandler.Messages.Count == 4 && pair.ClientHandler.Messages.Count == 4);
        Assert.All(tasks, t => Assert.Equal(DerCode.Success, t.Result));
        Assert.True(aligned);
        Assert.True(local.Span[..(4 * Length)].SequenceEqual(remote.Span[..(4 * Length)]));
        Assert.True(remote.Span[(4 * Length)..].SequenceEqual(written));
        AssertNothingHeld(pair);
    }

    [Fact]
    public void OneSided_WhatTheKeyDoesNotAllow_NoPermAndNothingIsTouched()
    {
        using Pair pair = Open().Connect();
        using var remote = new NativeBlock(4096);
        using var local = new NativeBlock(4096);
        local.Span.Fill(9);
        RemoteMemory readable = Register(pair, remote, MemoryAccess.RemoteRead);
        RemoteMemory writable = Register(pair, remote, MemoryAccess.RemoteWrite);
        RemoteMemory revoked = Register(pair, remote, MemoryAccess.RemoteRead | MemoryAccess.RemoteWrite);
        pair.On(pair.ClientLoop, () => Assert.True(pair.Client.Deregister(pair.Near, revoked, null)));

        AssertRefused(pair, readable, 0, local, read: false);
        AssertRefused(pair, writable, 0, local, read: true);
        AssertRefused(pair, revoked, 0, local, read: true);
        AssertRefused(pair, revoked, 0, local, read: false);
        AssertRefused(pair, readable, 1, local, read: true);
        AssertRefused(pair, writable, 1, local, read: false);
        AssertRefused(pair, writable, long.MaxValue - 100, local, read: false);
        AssertRefused(pair, readable, -1, local, read: true);
        AssertRefused(pair, readable with { Key = readable.Key ^ (1UL << 40) }, 0, local, read: true);
        AssertRefused(pair, readable with { LengthBytes = 1 << 20 }, 4096, local, read: true);
        Assert.False(remote.Span.ContainsAnyExcept((byte)0));
        Assert.False(local.Span.ContainsAnyExcept((byte)9));
        Assert.True(pair.Near.IsOpen && pair.Far.IsOpen);
        Assert.Equal(DerCode.Success, pair.Wait(pair.ServerLoop, () => pair.Far.ReadRemoteAsync(readable, 0, local.Address, 4096)));
    }

    [Fact]
    public void OneSided_KeyOfAnotherConnection_NoPerm()
    {
        using Pair pair = Open().Connect();
        using var remote = new NativeBlock(64);
        using var local = new NativeBlock(64);
        RemoteMemory memory = Register(pair, remote, MemoryAccess.RemoteRead);
        pair.Connect();
        AssertRefused(pair, memory, 0, local, read: true);
    }

    [Fact]
    public void OneSided_ConnectionClosed_Unreachable()
    {
        using Pair pair = Open().Connect();
        using var remote = new NativeBlock(64);
        using var local = new NativeBlock(64);
        RemoteMemory memory = Register(pair, remote, MemoryAccess.RemoteRead);
        pair.On(pair.ClientLoop, () => pair.Near.Close(DerCode.Canceled));
        pair.RunUntil(() => pair.ServerHandler.Closed.Count == 1);
        Assert.Equal(DerCode.Unreachable, pair.Wait(pair.ServerLoop, () => pair.Far.ReadRemoteAsync(memory, 0, local.Address, 64)));
        Assert.False(Register(pair, remote, MemoryAccess.RemoteRead).IsValid);
    }

    [Fact]
    public void Connect_BeyondTheLimit_IsRefused()
    {
        using Pair pair = Open(o => o with { ConnectionsMax = 2 }).Connect();
        pair.Connect();
        DerResult<TransportConnection> third = pair.Wait(pair.ClientLoop, () => pair.Client.ConnectAsync(pair.Address, pair.ClientLoop.Clock.MonotonicNs + 5_000_000_000));
        Assert.False(third.IsSuccess);
    }

    private protected static void AssertNothingHeld(Pair pair)
    {
        pair.Settle();
        Assert.Equal("", pair.DescribeHeld());
    }

    private protected static RemoteMemory Register(Pair pair, NativeBlock block, MemoryAccess access)
    {
        using OwnerThread.EnterScope scope = pair.ClientLoop.Enter();
        return pair.Client.Register(pair.Near, block.Address, block.LengthBytes, access);
    }

    private protected static void Echo(TransportConnection connection, in InboundMessage message)
    {
        message.Span.CopyTo(connection.BeginMessage(message.LengthBytes));
        connection.EndMessage(message.LengthBytes);
    }

    private static void AssertRefused(Pair pair, RemoteMemory memory, long offsetBytes, NativeBlock local, bool read)
    {
        DerCode code = pair.Wait(pair.ServerLoop, () => read
            ? pair.Far.ReadRemoteAsync(memory, offsetBytes, local.Address, local.LengthBytes)
            : pair.Far.WriteRemoteAsync(memory, offsetBytes, local.Address, local.LengthBytes));
        Assert.Equal(DerCode.NoPerm, code);
    }
}
