using System.Buffers;
using System.Net.Sockets;

namespace Daos.Fabric.Protocol.Drpc.Sockets;

/// <summary>
/// Whole messages over one connected socket. One sender and one receiver at a time, any thread; what failed or was given up in the middle leaves it
/// unusable.
/// </summary>
public sealed class DrpcConnection : IDisposable
{
    // One byte more than a packet may have shows a longer one, which the system would cut without a word.
    private readonly byte[] _packet = new byte[DrpcLimits.ChunkBytesMax + 1];
    private readonly DrpcAssembler _assembler = new();
    private readonly Socket _socket;

    /// <param name="connected">Owned from now on.</param>
    public DrpcConnection(Socket connected) => _socket = connected;

    /// <summary>The number of the next call; for its caller.</summary>
    internal long NextSequence { get; set; }

    /// <summary>Connects. DER_UNREACH: nobody listens there; DER_NO_PERM; DER_NOMEM: no descriptor is left; DER_CANCELED.</summary>
    public static async Task<DerResult<DrpcConnection>> ConnectAsync(string path, CancellationToken cancel)
    {
        Socket? socket = null;
        try
        {
            socket = DrpcSocketFile.Create();
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel).ConfigureAwait(false);
            return new DrpcConnection(socket);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            socket?.Dispose();
            return exception is SocketException failed ? DrpcErrors.CodeOf(failed) : DerCode.Canceled;
        }
    }

    /// <summary>
    /// Sends a message. DER_UNREACH: the other side has gone; DER_CANCELED, DER_SHUTDOWN (disposed), DER_OVERFLOW (longer than
    /// <see cref="DrpcLimits.MessageBytesMax"/>): after any of them the other side has not got it.
    /// </summary>
    public async Task<DerCode> SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancel)
    {
        if (message.Length > DrpcLimits.MessageBytesMax)
        {
            return DerCode.Overflow;
        }

        byte[] packet = ArrayPool<byte>.Shared.Rent(Math.Min(message.Length + DrpcLimits.HeaderBytes, DrpcLimits.ChunkBytesMax));
        try
        {
            for (int i = 0; i < DrpcChunkHeader.CountOf(message.Length); i++)
            {
                int length = DrpcChunkHeader.WritePacket(message.Span, i, packet);
                int sent = await _socket.SendAsync(packet.AsMemory(0, length), SocketFlags.None, cancel).ConfigureAwait(false);
                if (sent != length)
                {
                    return DerCode.Truncated;
                }
            }

            return DerCode.Success;
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            return CodeOf(exception);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(packet);
        }
    }

    /// <summary>
    /// Receives a message. DER_SHUTDOWN: the other side, or this one, closed between two messages; DER_TRUNC: within one; else as
    /// <see cref="DrpcAssembler.Add"/>, DER_UNREACH, DER_CANCELED.
    /// </summary>
    public async Task<DerResult<byte[]>> ReceiveAsync(CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                int count = await _socket.ReceiveAsync(_packet, SocketFlags.None, cancel).ConfigureAwait(false);
                if (count == 0)
                {
                    return _assembler.IsInside ? DerCode.Truncated : DerCode.Shutdown;
                }

                DerResult<byte[]?> message = _assembler.Add(_packet.AsSpan(0, count));
                if (!message.IsSuccess)
                {
                    return message.Code;
                }

                if (message.Value is { } whole)
                {
                    return whole;
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            return CodeOf(exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private static DerCode CodeOf(Exception exception) => exception switch
    {
        SocketException failed => DrpcErrors.CodeOf(failed),
        ObjectDisposedException => DerCode.Shutdown,
        _ => DerCode.Canceled,
    };
}
