using System.Buffers;
using System.Diagnostics;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Daos.Fabric.TestKit.Faults;

/// <summary>One direction of a <see cref="FaultLink"/>: receives, lets the faults happen, and sends when the time has come. One task each.</summary>
internal sealed class FaultPump(FaultLink link, Socket from, Socket to, FaultyStream stream, FaultPlan plan, ulong seed)
{
    private const int PieceBytes = 64 * 1024;
    private const int PiecesWaitingMax = 16;

    private readonly Channel<Piece> _waiting = Channel.CreateBounded<Piece>(PiecesWaitingMax);
    private readonly SeededRandom _jitter = new(seed ^ 0x5DEECE66D);

    internal Task RunAsync() => Task.WhenAll(ReceiveAsync(), SendAsync());

    private async Task ReceiveAsync()
    {
        var leaves = new ArrayBufferWriter<byte>(PieceBytes);
        byte[] buffer = new byte[PieceBytes];
        try
        {
            while (stream.Ended is null)
            {
                int received = await from.ReceiveAsync(buffer, SocketFlags.None).ConfigureAwait(false);
                if (received == 0)
                {
                    break;
                }

                leaves.ResetWrittenCount();
                stream.Pass(buffer.AsSpan(0, received), leaves);
                long delayTicks = plan.Delay.Ticks + (plan.Jitter.Ticks > 0 ? _jitter.Next(plan.Jitter.Ticks) : 0);
                long dueAt = Stopwatch.GetTimestamp() + (delayTicks * (Stopwatch.Frequency / TimeSpan.TicksPerSecond));
                await _waiting.Writer.WriteAsync(new Piece(leaves.WrittenSpan.ToArray(), dueAt)).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // What came before still leaves; the reset is passed on.
            await _waiting.Writer.WriteAsync(new Piece([], 0, IsReset: true)).ConfigureAwait(false);
        }

        _waiting.Writer.Complete();
    }

    private async Task SendAsync()
    {
        bool reset = false;
        try
        {
            await foreach (Piece piece in _waiting.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                reset |= piece.IsReset;
                await WaitAsync(piece).ConfigureAwait(false);
                for (int sent = 0; sent < piece.Bytes.Length;)
                {
                    sent += await to.SendAsync(piece.Bytes.AsMemory(sent), SocketFlags.None).ConfigureAwait(false);
                }
            }

            End(reset);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            link.Reset();
            await foreach (Piece _ in _waiting.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                // The receiving side ends with its socket.
            }
        }
    }

    private async Task WaitAsync(Piece piece)
    {
        await link.WhenReleased().ConfigureAwait(false);
        TimeSpan early = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), piece.DueAt);
        if (early > TimeSpan.Zero)
        {
            await Task.Delay(early).ConfigureAwait(false);
        }

        if (plan.BytesPerSecond > 0)
        {
            await Task.Delay(TimeSpan.FromSeconds(piece.Bytes.Length / (double)plan.BytesPerSecond)).ConfigureAwait(false);
        }
    }

    private void End(bool reset)
    {
        switch (stream.Ended)
        {
            case StreamFault.Reset:
                link.Reset();
                break;
            case StreamFault.Truncate:
                link.Finish();
                break;
            case null when reset:
                link.Reset();
                break;
            default:
                to.Shutdown(SocketShutdown.Send);
                break;
        }
    }

    private sealed record Piece(byte[] Bytes, long DueAt, bool IsReset = false);
}
