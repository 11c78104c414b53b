namespace Daos.Fabric.Reactor.Simulated;

/// <summary>
/// One operation under way in a <see cref="SimulatedReactor"/>; pooled by it. As an event it stands for the moment at which the kernel
/// or the device does its work: the caller's memory is read or written then, not before. Owned by the simulator's thread.
/// </summary>
internal sealed unsafe class SimulatedRequest(SimulatedReactor reactor, int slot) : SimulatedEvent
{
    internal readonly SimulatedReactor Reactor = reactor;
    internal readonly int Slot = slot;

    internal ReactorOperation? Operation;
    internal SimulatedEventKind Kind;

    /// <summary>The result stands in the reactor's queue; nothing happens to the request any more.</summary>
    internal bool IsFinished;

    // Sockets.
    internal SimulatedSocket? Socket;
    internal SimulatedListener? Listener;
    internal SocketAddress? Address;
    internal IoVector[] Pieces = [];
    internal int PieceCount;
    internal long GiveUpNs;

    // Files.
    internal SimulatedOpenFile? Open;
    internal byte* Memory;
    internal int LengthBytes;
    internal long OffsetBytes;
    internal WriteMode Mode;
    internal long FlushPoint;

    /// <summary>The argument of the fault that happened to it.</summary>
    internal long Argument;

    internal UnflushedWrite? Write;

    /// <summary>Total length of the pieces.</summary>
    internal int PiecesLengthBytes
    {
        get
        {
            int total = 0;
            for (int i = 0; i < PieceCount; i++)
            {
                total = checked(total + (int)Pieces[i].LengthBytes);
            }

            return total;
        }
    }

    internal void CopyPieces(ReadOnlySpan<IoVector> pieces)
    {
        if (Pieces.Length < pieces.Length)
        {
            Pieces = new IoVector[pieces.Length];
        }

        pieces.CopyTo(Pieces);
        PieceCount = pieces.Length;
    }

    internal void Finish(int result, bool more = false) => Reactor.Finish(this, result, more);

    internal void Reset()
    {
        Operation = null;
        IsFinished = false;
        Socket = null;
        Listener = null;
        Address = null;
        Open = null;
        Memory = null;
        Write = null;
        PieceCount = 0;
    }

    protected internal override void Fire()
    {
        switch (Kind)
        {
            case SimulatedEventKind.Connect:
                Reactor.Node.World.Network.TryConnect(this);
                break;
            case SimulatedEventKind.Receive:
                Socket!.TryReceive();
                break;
            case SimulatedEventKind.Send:
                Socket!.TrySend();
                break;
            case SimulatedEventKind.ReadFile:
                Reactor.Node.Disk.DoRead(this);
                break;
            case SimulatedEventKind.WriteFile:
                Reactor.Node.Disk.DoWrite(this);
                break;
            case SimulatedEventKind.FlushFile:
                Reactor.Node.Disk.DoFlush(this);
                break;
            case SimulatedEventKind.TrimFile:
                Reactor.Node.Disk.DoTrim(this);
                break;
            default:
                throw new UnreachableException();
        }
    }
}
