using Daos.Fabric.Core.Faults;
using Daos.Fabric.Transport.SharedMemory.Native;

namespace Daos.Fabric.Transport.SharedMemory;

/// <summary>
/// Transfers that this side started: it asks the owner of the memory for a grant, moves the bytes itself in pieces between which others
/// run, and gives the grant back.
/// </summary>
internal sealed unsafe partial class SharedMemoryConnection
{
    private readonly TransferTable _transfers = new();
    private readonly MappedRegions _mapped = new();
    private readonly CopyItem _copy;
    private TransferQueue _waiting;
    private TransferQueue _copies;
    private TransferQueue _sends;
    private bool _processReachable;
    private bool _transfersSentLast;

    private ValueTask<DerCode> Transfer(bool read, RemoteMemory memory, long offsetBytes, byte* local, int lengthBytes)
    {
        _context.Loop.Assert();
        ArgumentOutOfRangeException.ThrowIfNegative(lengthBytes);
        if (!IsOpen)
        {
            return new(DerCode.Unreachable);
        }

        RemoteTransfer transfer = RemoteTransfer.Rent(_context.Loop, read, memory, offsetBytes, local, lengthBytes);
        ValueTask<DerCode> task = transfer.Task;
        Ask(transfer);
        return task;
    }

    private void Ask(RemoteTransfer transfer)
    {
        if (!_transfers.HasRoom)
        {
            _waiting.Append(transfer);
            return;
        }

        _transfers.Add(transfer);
        transfer.State = RemoteTransfer.Phase.Asked;
        transfer.MayReachProcess = _processReachable;
        var request = new GrantRequestWire
        {
            Transfer = transfer.Number,
            Flags = (transfer.IsRead ? 0 : GrantRequestWire.WriteFlag) | (transfer.MayReachProcess ? GrantRequestWire.ProcessFlag : 0),
            Key = transfer.Key,
            OffsetBytes = transfer.OffsetBytes,
            LengthBytes = (ulong)transfer.LengthBytes,
        };
        Send(FrameKind.GrantRequest, &request, GrantRequestWire.SizeBytes);
        WatchForStall();
    }

    private void End(RemoteTransfer transfer, DerCode code)
    {
        _transfers.Remove(transfer);
        transfer.Finish(code);
        if (_waiting.First is { } next && IsOpen)
        {
            _waiting.Remove(next);
            Ask(next);
        }
    }

    private bool OnGrant(in GrantWire grant)
    {
        RemoteTransfer? transfer = _transfers.Find(grant.Transfer);
        if (transfer is null || transfer.State != RemoteTransfer.Phase.Asked)
        {
            return false;
        }

        if (grant.Code != 0 || (transfer.LengthBytes == 0 && grant.Way == GrantWay.None))
        {
            End(transfer, grant.Code == 0 ? DerCode.Success : DerCode.NoPerm);
            return true;
        }

        switch (grant.Way)
        {
            case GrantWay.Region:
                return BeginCopy(transfer, grant.Way, ResolveRegion(grant, transfer.LengthBytes), grant.Region);
            case GrantWay.Process when transfer.MayReachProcess && !_processReachable:
                // The kernel changed its mind while the grant was on its way.
                AskForRing(transfer);
                return true;
            case GrantWay.Process when transfer.MayReachProcess:
                return BeginCopy(transfer, grant.Way, (byte*)grant.Position, 0);
            case GrantWay.Ring when transfer.IsRead:
                transfer.State = RemoteTransfer.Phase.Receiving;
                return true;
            case GrantWay.Ring:
                transfer.State = RemoteTransfer.Phase.Sending;
                _sends.Append(transfer);
                return true;
            default:
                return false;
        }
    }

    // The owner put the region's descriptor into the socket before it sent the grant.
    private byte* ResolveRegion(in GrantWire grant, int lengthBytes)
    {
        if (!_mapped.Contains(grant.Region))
        {
            ReadSocket();
        }

        return _mapped.Resolve(grant.Region, grant.Position, lengthBytes);
    }

    private bool BeginCopy(RemoteTransfer transfer, GrantWay way, byte* remote, uint region)
    {
        if (remote is null || transfer.LengthBytes == 0)
        {
            return false;
        }

        transfer.State = RemoteTransfer.Phase.Copying;
        transfer.Way = way;
        transfer.Remote = remote;
        transfer.Region = region;
        _copies.Append(transfer);
        _copy.Schedule();
        return true;
    }

    // One piece per item, so that messages pass between; transfers in order, so that each of several ends as soon as it can.
    private void CopyPiece()
    {
        if (_copies.First is not { } transfer || _state != State.Open)
        {
            return;
        }

        int bytes = Math.Min(Limits.CopyBytes, transfer.LengthBytes - transfer.PositionBytes);
        byte* remote = transfer.Remote + transfer.PositionBytes;
        byte* local = transfer.Local + transfer.PositionBytes;
        bool reached = true;
        if (transfer.Way == GrantWay.Region)
        {
            Buffer.MemoryCopy(transfer.IsRead ? remote : local, transfer.IsRead ? local : remote, bytes, bytes);
        }
        else if (!PeerLives())
        {
            BeginAbort(DerCode.Unreachable);
            return;
        }
        else
        {
            reached = !FaultRegistry.Fires(_context.Options.Faults, FaultPoint.ProcessMemoryRefused)
                && ProcessMemory.TryCopy(_peerProcess, transfer.IsRead, local, remote, bytes);
        }

        transfer.PositionBytes += bytes;
        _progress++;
        if (!reached)
        {
            GoThroughRing(transfer);
        }
        else if (transfer.PositionBytes == transfer.LengthBytes)
        {
            EndCopy(transfer, DerCode.Success);
        }

        if (_copies.First is not null)
        {
            _copy.Schedule();
        }
    }

    private void EndCopy(RemoteTransfer transfer, DerCode code)
    {
        _copies.Remove(transfer);
        var release = new TransferWire { Transfer = transfer.Number };
        Send(FrameKind.Release, &release, TransferWire.SizeBytes);
        End(transfer, code);
    }

    // The kernel changed its mind about the peer's memory: the owner sends or takes the bytes itself, from the start.
    private void GoThroughRing(RemoteTransfer transfer)
    {
        _processReachable = false;
        _context.Provider.NoticeOnce(_context.Options.Notice, Limits.ProcessMemoryRefused);
        _copies.Remove(transfer);
        AskForRing(transfer);
    }

    private void AskForRing(RemoteTransfer transfer)
    {
        transfer.PositionBytes = 0;
        transfer.State = RemoteTransfer.Phase.Asked;
        transfer.MayReachProcess = false;
        var release = new TransferWire { Transfer = transfer.Number, Code = TransferWire.Unreached };
        Send(FrameKind.Release, &release, TransferWire.SizeBytes);
    }

    private bool OnRevoke(in TransferWire word)
    {
        // One that ended meanwhile needs no answer: its release is on the way.
        if (_transfers.Find(word.Transfer) is { State: RemoteTransfer.Phase.Copying } transfer)
        {
            EndCopy(transfer, DerCode.NoPerm);
        }

        return true;
    }

    private bool OnReadData(in DataWire data, byte* bytes, int lengthBytes)
    {
        if (_transfers.Find(data.Transfer) is not { State: RemoteTransfer.Phase.Receiving } transfer
            || data.PositionBytes != (uint)transfer.PositionBytes
            || lengthBytes > transfer.LengthBytes - transfer.PositionBytes)
        {
            return false;
        }

        Buffer.MemoryCopy(bytes, transfer.Local + transfer.PositionBytes, lengthBytes, lengthBytes);
        transfer.PositionBytes += lengthBytes;
        if (transfer.PositionBytes == transfer.LengthBytes)
        {
            End(transfer, DerCode.Success);
        }

        return true;
    }

    private bool OnEnd(in TransferWire word)
    {
        if (_transfers.Find(word.Transfer) is not { State: RemoteTransfer.Phase.Sending or RemoteTransfer.Phase.Receiving } transfer)
        {
            return false;
        }

        bool isComplete = !transfer.IsRead && transfer.PositionBytes == transfer.LengthBytes;
        if (word.Code == 0 && !isComplete)
        {
            return false;
        }

        _sends.Remove(transfer);
        End(transfer, word.Code == 0 ? DerCode.Success : DerCode.NoPerm);
        return true;
    }

    private bool OnDropRegion(in TransferWire word)
    {
        for (RemoteTransfer? at = _copies.First; at is not null; at = at.Next)
        {
            if (at.Way == GrantWay.Region && at.Region == word.Transfer)
            {
                return false;
            }
        }

        return _mapped.Remove(word.Transfer);
    }

    // One piece of what goes through the ring; false when nothing waits or there is no room. Both kinds take turns.
    private bool SendData() => _transfersSentLast ? ServeRead() || SendWrite() : SendWrite() || ServeRead();

    private bool SendWrite()
    {
        if (_sends.First is not { } transfer)
        {
            return false;
        }

        int bytes = Math.Min(Limits.DataBytes, transfer.LengthBytes - transfer.PositionBytes);
        if (!TrySendData(FrameKind.WriteData, transfer.Number, transfer.Local, transfer.PositionBytes, bytes))
        {
            return false;
        }

        _transfersSentLast = true;
        transfer.PositionBytes += bytes;
        if (transfer.PositionBytes == transfer.LengthBytes)
        {
            _sends.Remove(transfer);
        }

        return true;
    }

    private bool TrySendData(FrameKind kind, uint transfer, byte* memory, int positionBytes, int bytes)
    {
        byte* room = _out.TryBegin(DataWire.SizeBytes + bytes);
        if (room is null)
        {
            return false;
        }

        *(DataWire*)room = new DataWire { Transfer = transfer, PositionBytes = (uint)positionBytes };
        Buffer.MemoryCopy(memory + positionBytes, room + DataWire.SizeBytes, bytes, bytes);
        _out.Publish(kind, DataWire.SizeBytes + bytes);
        NoteSent();
        return true;
    }

    // A process number is used again only after its owner ended, and its owner's end shows here first. A signal that comes meanwhile (the
    // runtime's own are frequent) says nothing about the peer: then it is asked again.
    private bool PeerLives()
    {
        var entry = new PollFd { Descriptor = _socket, Events = PollCalls.POLLRDHUP };
        int events;
        do
        {
            events = PollCalls.poll(&entry, 1, 0);
        }
        while (events < 0 && Unistd.LastErrno == Errno.Interrupted);
        return events == 0;
    }

    private sealed class CopyItem(SharedMemoryConnection connection) : WorkItem
    {
        private bool _scheduled;

        internal void Schedule()
        {
            if (!_scheduled)
            {
                _scheduled = true;
                connection._context.Loop.Schedule(this);
            }
        }

        protected override void Execute()
        {
            _scheduled = false;
            connection.CopyPiece();
        }
    }
}
