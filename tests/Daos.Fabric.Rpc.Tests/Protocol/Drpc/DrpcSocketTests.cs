using System.Net.Sockets;
using Daos.Fabric.Protocol.Drpc;
using Daos.Fabric.Protocol.Drpc.Sockets;

namespace Daos.Fabric.Rpc.Tests.Protocol.Drpc;

/// <summary>Calls over real sockets: sessions, the loop that drives them, and everything that may break.</summary>
public sealed class DrpcSocketTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(DrpcLimits.ChunkDataMax)]
    [InlineData(DrpcLimits.MessageBytesMax - (2 * DrpcLimits.TextBytesMax))]
    public async Task Call_OfAnyLength_IsAnswered(int bytes)
    {
        await using var pair = new DrpcPair();
        byte[] body = new byte[bytes];
        new SeededRandom(1).Fill(body);
        for (int i = 0; i < 3; i++)
        {
            DrpcResponse response = (await pair.Client.CallAsync(DrpcModules.Test, 7, body)).Value;
            Assert.Equal(DrpcStatus.Success, response.Status);
            Assert.True(response.Body.Span.SequenceEqual(body));
        }
    }

    [Fact]
    public async Task CallsAtOnce_HaveConnectionsOfTheirOwn()
    {
        await using var pair = new DrpcPair();
        var all = new TaskCompletionSource();
        int waiting = 0;
        pair.Handler = async (call, cancel) =>
        {
            if (Interlocked.Increment(ref waiting) == 20)
            {
                all.SetResult();
            }

            await all.Task.WaitAsync(cancel);
            return DrpcReply.Of(call.Body);
        };
        DerResult<DrpcResponse>[] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => pair.Client.CallAsync(0, 1, new[] { (byte)i })));
        Assert.Equal(Enumerable.Range(0, 20), answers.Select(a => (int)a.Value.Body.Span[0]));
    }

    [Fact]
    public async Task ModuleOrMethodThatIsNotThere_IsSaid()
    {
        await using var pair = new DrpcPair();
        pair.Handler = static (_, _) => Task.FromResult(new DrpcReply(DrpcStatus.UnknownMethod));
        Assert.Equal(DrpcStatus.UnknownModule, (await pair.Client.CallAsync(9, 1, default)).Value.Status);
        Assert.Equal(DrpcStatus.UnknownMethod, (await pair.Client.CallAsync(0, 1, default)).Value.Status);
        Assert.Equal(DerCode.Unregistered, await pair.Client.CallForCodeAsync(9, 1, default));
        Assert.Contains(pair.Sentences, s => s.Contains("module 9", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ModuleThatThrows_IsAFailureOfThisCallOnly()
    {
        await using var pair = new DrpcPair();
        pair.Handler = static (call, _) => call.Method == 1 ? throw new InvalidOperationException("no luck") : Task.FromResult(DrpcReply.Of(call.Body));
        Assert.Equal(DrpcStatus.Failure, (await pair.Client.CallAsync(0, 1, default)).Value.Status);
        Assert.Equal(DrpcStatus.Success, (await pair.Client.CallAsync(0, 2, default)).Value.Status);
        Assert.Contains(pair.Sentences, s => s.Contains("no luck", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AnswerAboveTheLimit_IsSaidInstead()
    {
        await using var pair = new DrpcPair();
        pair.Handler = static (_, _) => Task.FromResult(DrpcReply.Of(new byte[DrpcLimits.MessageBytesMax]));
        Assert.Equal(DrpcStatus.FailedMarshal, (await pair.Client.CallAsync(0, 1, default)).Value.Status);
        Assert.Equal(DerCode.Overflow, (await pair.Client.CallAsync(0, 1, new byte[DrpcLimits.MessageBytesMax])).Code);
    }

    [Fact]
    public async Task CallThatCannotBeRead_IsAnsweredAndItsSessionClosed()
    {
        await using var pair = new DrpcPair();
        using DrpcConnection connection = await pair.ConnectAsync();
        Assert.Equal(DerCode.Success, await connection.SendAsync(new byte[] { 0x22, 0x7F }, default));
        Assert.True(DrpcResponse.TryRead((await connection.ReceiveAsync(default)).Value, out DrpcResponse? response));
        Assert.Equal(DrpcStatus.FailedUnmarshalCall, response.Status);
        Assert.Equal(DerCode.Shutdown, (await connection.ReceiveAsync(default)).Code);
        Assert.True((await pair.Client.CallAsync(0, 1, default)).IsSuccess);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(3)]
    [InlineData(-1)]
    public async Task CallWithAStaleSequence_IsRefusedAndItsSessionClosed(long sequence)
    {
        await using var pair = new DrpcPair();
        int handled = 0;
        pair.Handler = (call, _) =>
        {
            handled++;
            return Task.FromResult(DrpcReply.Of(call.Body));
        };
        using DrpcConnection connection = await pair.ConnectAsync();
        await connection.SendAsync(new DrpcCall(0, 1, 4, default).Write(), default);
        Assert.True((await connection.ReceiveAsync(default)).IsSuccess);
        await connection.SendAsync(new DrpcCall(0, 1, sequence, default).Write(), default);
        Assert.True(DrpcResponse.TryRead((await connection.ReceiveAsync(default)).Value, out DrpcResponse? response));
        Assert.Equal((DrpcStatus.Failure, sequence), (response.Status, response.Sequence));
        Assert.Equal(DerCode.Shutdown, (await connection.ReceiveAsync(default)).Code);
        Assert.Equal(1, handled);
    }

    [Fact]
    public async Task BrokenSessions_AreClosedAndTheLoopGoesOn()
    {
        await using var pair = new DrpcPair();
        foreach (byte[] packet in new byte[][] { [1], new byte[DrpcLimits.HeaderBytes], new byte[DrpcLimits.ChunkBytesMax + 100] })
        {
            using Socket raw = pair.ConnectRaw();
            raw.Send(packet);
            Assert.Equal(0, await raw.ReceiveAsync(new byte[10], SocketFlags.None));
            Assert.True((await pair.Client.CallAsync(0, 1, default)).IsSuccess);
        }

        using (Socket half = pair.ConnectRaw())
        {
            byte[] packet = new byte[DrpcLimits.ChunkBytesMax];
            half.Send(packet.AsSpan(0, DrpcChunkHeader.WritePacket(new byte[DrpcLimits.ChunkDataMax + 1], 0, packet)));
        }

        Assert.True((await pair.Client.CallAsync(0, 1, default)).IsSuccess);
        Assert.False(pair.Running!.IsCompleted);
    }

    [Fact]
    public async Task Progress_SaysWhatCame()
    {
        await using var pair = new DrpcPair(isDriven: false);
        Assert.Equal(DerCode.TimedOut, await pair.Listener.ProgressAsync(1));
        using (DrpcConnection connection = await pair.ConnectAsync())
        {
            Assert.Equal(DerCode.Success, await pair.Listener.ProgressAsync(60_000));
            Assert.Equal(1, pair.Listener.SessionCount);
            Assert.Equal(DerCode.TimedOut, await pair.Listener.ProgressAsync(1));
            await connection.SendAsync(new DrpcCall(0, 1, 0, default).Write(), default);
            Assert.Equal(DerCode.Success, await pair.Listener.ProgressAsync(60_000));
            Assert.True((await connection.ReceiveAsync(default)).IsSuccess);
        }

        Assert.Equal(DerCode.Success, await pair.Listener.ProgressAsync(60_000));
        Assert.Equal(0, pair.Listener.SessionCount);
        using var cancel = new CancellationTokenSource();
        Task<DerCode> canceled = pair.Listener.ProgressAsync(60_000, cancel.Token);
        await cancel.CancelAsync();
        Assert.Equal(DerCode.Canceled, await canceled);
    }

    // What an event brought in time must not look like the end of all events to the wait that was given up before it.
    [Fact]
    public async Task Progress_AfterAWaitGivenUpAndAnEventAtHand_GoesOnWaiting()
    {
        await using var pair = new DrpcPair(isDriven: false);
        Assert.Equal(DerCode.TimedOut, await pair.Listener.ProgressAsync(1));
        using DrpcConnection connection = await pair.ConnectAsync();
        Assert.True(SpinWait.SpinUntil(() => pair.Listener.EventsAtHand == 1, TimeSpan.FromMinutes(1)), "the connection was not accepted");
        Assert.Equal(DerCode.Success, await pair.Listener.ProgressAsync(60_000));
        Assert.Equal(DerCode.TimedOut, await pair.Listener.ProgressAsync(1));
    }

    [Fact]
    public async Task FailureOfTheListener_EndsTheLoop()
    {
        await using var pair = new DrpcPair();
        Assert.True((await pair.Client.CallAsync(0, 1, default)).IsSuccess);
        pair.Socket.Dispose();
        DerCode code = await pair.Running!;
        Assert.True(code.IsError && code != DerCode.TimedOut && code != DerCode.Canceled, code.ToString());
    }

    [Fact]
    public async Task SessionsAboveTheLimit_AreClosed()
    {
        await using var pair = new DrpcPair(sessionsMax: 2);
        using DrpcConnection first = await pair.ConnectAsync();
        using DrpcConnection second = await pair.ConnectAsync();
        foreach (DrpcConnection connection in new[] { first, second })
        {
            await connection.SendAsync(new DrpcCall(0, 1, 0, default).Write(), default);
            Assert.True((await connection.ReceiveAsync(default)).IsSuccess);
        }

        using DrpcConnection third = await pair.ConnectAsync();
        Assert.False((await third.ReceiveAsync(default)).IsSuccess);
        Assert.Contains(pair.Sentences, s => s.Contains("2 sessions", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CallWithoutAnAnswer_MayHaveBeenCarriedOut()
    {
        await using var pair = new DrpcPair();
        var begun = new TaskCompletionSource();
        pair.Handler = async (_, cancel) =>
        {
            begun.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancel).ContinueWith(static _ => { }, TaskScheduler.Default);
            return default;
        };
        using var cancel = new CancellationTokenSource();
        Task<DerResult<DrpcResponse>> call = pair.Client.CallAsync(0, 1, default, cancel.Token);
        await begun.Task;
        await cancel.CancelAsync();
        Assert.Equal(DerCode.NoReply, (await call).Code);
    }

    [Fact]
    public async Task CallToNobody_WasNotCarriedOut()
    {
        var pair = new DrpcPair();
        string path = pair.Path;
        await pair.DisposeAsync();
        await using var client = new DrpcClient(path);
        Assert.Equal(DerCode.Unreachable, (await client.CallAsync(0, 1, default)).Code);
        Assert.Equal(DerCode.Canceled, (await client.CallAsync(0, 1, default, new CancellationToken(true))).Code);
        await client.DisposeAsync();
        Assert.Equal(DerCode.Shutdown, (await client.CallAsync(0, 1, default)).Code);
    }

    [Fact]
    public async Task ListenerThatEndedAndCameBack_IsCalledAgain()
    {
        await using var pair = new DrpcPair();
        Assert.True((await pair.Client.CallAsync(0, 1, default)).IsSuccess);
        pair.Socket.Dispose();
        await pair.Running!;
        await pair.Listener.DisposeAsync();
        Socket again = DrpcSocketFile.Listen(pair.Path);
        await using var listener = new DrpcListener(again, new DrpcDispatcher([pair], _ => { }), DrpcPair.Delay, _ => { });
        using var end = new CancellationTokenSource();
        Task<DerCode> running = listener.RunAsync(end.Token);
        Assert.True((await pair.Client.CallAsync(0, 1, default)).IsSuccess);
        await end.CancelAsync();
        Assert.Equal(DerCode.Canceled, await running);
    }

    [Fact]
    public async Task AnswerThatIsNotToThisCall_IsRefused()
    {
        string directory = Directory.CreateTempSubdirectory("drpc").FullName;
        string path = Path.Combine(directory, "s");
        using Socket listening = DrpcSocketFile.Listen(path);
        await using var client = new DrpcClient(path);
        foreach (byte[] answer in new byte[][] { new DrpcResponse(77, DrpcStatus.Success, default).Write().ToArray(), [0xFF] })
        {
            Task<DerResult<DrpcResponse>> call = client.CallAsync(0, 1, default);
            using var peer = new DrpcConnection(await listening.AcceptAsync());
            Assert.True((await peer.ReceiveAsync(default)).IsSuccess);
            await peer.SendAsync(answer, default);
            Assert.Equal(DerCode.Protocol, (await call).Code);
        }

        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task SocketFile_IsForItsOwnerAndTakesThePlaceOfADeadOne()
    {
        await using var pair = new DrpcPair();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(pair.Path));
        DaosException busy = Assert.Throws<DaosException>(() => DrpcSocketFile.Listen(pair.Path));
        Assert.Equal(DerCode.Busy, busy.Code);
        string dead = pair.Path + "2";
        using (Socket left = DrpcSocketFile.Listen(dead))
        {
            // Closed below; the file stays, as after a crash.
        }

        Assert.True(File.Exists(dead));
        using (Socket again = DrpcSocketFile.Listen(dead))
        {
            Assert.True(again.IsBound);
        }

        DrpcSocketFile.Remove(dead);
        Assert.False(File.Exists(dead));
        Assert.Equal(DerCode.Invalid, Assert.Throws<DaosException>(() => DrpcSocketFile.Listen("/" + new string('x', 110))).Code);
        Assert.Throws<DaosException>(() => DrpcSocketFile.Listen("/no/such/directory/s"));
    }

    [Fact]
    public async Task RandomPackets_NeverEndTheLoop()
    {
        await using var pair = new DrpcPair();
        for (ulong seed = 1; seed <= 150; seed++)
        {
            var random = new SeededRandom(seed);
            using Socket raw = pair.ConnectRaw();
            for (int i = random.Next(4); i >= 0; i--)
            {
                byte[] packet = Noise(random);
                try
                {
                    raw.Send(packet);
                }
                catch (SocketException)
                {
                    // Closed by the other side already.
                    break;
                }
            }
        }

        Assert.True((await pair.Client.CallAsync(0, 1, default)).IsSuccess);
        Assert.False(pair.Running!.IsCompleted);
    }

    private static byte[] Noise(SeededRandom random)
    {
        byte[] body = new byte[random.Next(200)];
        random.Fill(body);
        byte[] message = random.Chance(0.5) ? body : new DrpcCall(random.Next(3), random.Next(9), random.Next(9), body).Write().ToArray();
        byte[] packet = new byte[DrpcLimits.HeaderBytes + message.Length];
        DrpcChunkHeader.WritePacket(message, 0, packet);
        if (random.Chance(0.3))
        {
            packet[random.Next(packet.Length)] ^= (byte)(1 + random.Next(255));
        }

        return packet;
    }
}
