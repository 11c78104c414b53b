namespace Daos.Fabric.TestKit.Faults;

/// <summary>One connection of a <see cref="FaultyMessageContext"/>. Owned by its loop.</summary>
internal sealed unsafe class FaultyMessageConnection(FaultyMessageContext context, TransportConnection inner) : TransportConnection
{
    /// <inheritdoc/>
    public override string PeerName => inner.PeerName;

    /// <inheritdoc/>
    public override string Scheme => inner.Scheme;

    /// <inheritdoc/>
    public override bool IsOpen => inner.IsOpen;

    /// <inheritdoc/>
    public override bool CanSend => inner.CanSend;

    internal TransportConnection Inner => inner;

    /// <inheritdoc/>
    public override Span<byte> BeginMessage(int maxBytes) => context.Room.AsSpan(0, maxBytes);

    /// <inheritdoc/>
    public override void EndMessage(int lengthBytes)
    {
        MessageFate fate = context.Faults.Draw(context.Random);
        ReadOnlySpan<byte> message = context.Room.AsSpan(0, lengthBytes);
        if (fate.DoubleHeldNs >= 0)
        {
            Hold(message, fate.DoubleHeldNs);
        }

        if (fate.HeldNs > 0)
        {
            Hold(message, fate.HeldNs);
        }
        else if (!fate.IsLost)
        {
            Send(message);
        }
    }

    /// <inheritdoc/>
    public override ValueTask<DerCode> ReadRemoteAsync(RemoteMemory memory, long offsetBytes, byte* destination, int lengthBytes) =>
        inner.ReadRemoteAsync(memory, offsetBytes, destination, lengthBytes);

    /// <inheritdoc/>
    public override ValueTask<DerCode> WriteRemoteAsync(RemoteMemory memory, long offsetBytes, byte* source, int lengthBytes) =>
        inner.WriteRemoteAsync(memory, offsetBytes, source, lengthBytes);

    /// <inheritdoc/>
    public override void Close(DerCode reason) => inner.Close(reason);

    private void Send(ReadOnlySpan<byte> message)
    {
        message.CopyTo(inner.BeginMessage(message.Length));
        inner.EndMessage(message.Length);
    }

    private void Hold(ReadOnlySpan<byte> message, long ns) =>
        context.Loop.Reactor.Timers.Arm(new HeldMessage(this, message.ToArray()), context.Loop.NowNs + ns);

    private sealed class HeldMessage(FaultyMessageConnection connection, byte[] message) : TimerNode
    {
        protected internal override void Expire()
        {
            if (!connection.IsDisposed && connection.IsOpen)
            {
                connection.Send(message);
            }
        }
    }

    private bool IsDisposed => context.IsDisposed;
}
