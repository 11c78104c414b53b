using Daos.Fabric.Reactor.Posix;

namespace Daos.Fabric.Transport.Sockets;

/// <summary>
/// Transfers over a unix socket whose bytes go straight from one process's memory to the other's: one copy instead of two. Whoever gets
/// the bytes copies them, so nobody ever writes into another process; a read is asked about afterwards, so that bytes copied from memory
/// that was revoked meanwhile do not count.
/// </summary>
internal sealed unsafe partial class SocketConnection
{
    private readonly CopyItem _copy;
    private readonly OwnerPool<ProcessCopy> _fetches;
    private CopyQueue _copies;
    private int _fetchCount;
    private int _peerProcess;
    private bool _letsCopy;
    private bool _peerFetches;

    /// <summary>True when large transfers of this side are copies out of the peer's process.</summary>
    internal bool IsProcessReachable => _peerProcess > 0 && OperatingSystem.IsLinux();

    DerCode IFrameSink.OnCopyRequest(uint transfer, CopyRequestWire* request)
    {
        if (!_letsCopy || _fetchCount == Limits.TransfersPerConnection)
        {
            CloseText = _letsCopy ? $"more than {Limits.TransfersPerConnection} copies at once" : "a copy between processes was not agreed on";
            return DerCode.Protocol;
        }

        byte* address = ResolveRange((ReadRequestWire*)request, MemoryAccess.RemoteWrite);
        if (address is null || request->LengthBytes == 0)
        {
            SendTransferEnd(transfer, address is null ? DerCode.NoPerm : DerCode.Success);
            return DerCode.Success;
        }

        if (!IsProcessReachable)
        {
            SendTransferEnd(transfer, DerCode.NotSupported);
            return DerCode.Success;
        }

        ProcessCopy copy = _fetches.TryRent() ?? new ProcessCopy();
        copy.Begin(transfer, request->Key, request->OffsetBytes, (byte*)request->Address, (int)request->LengthBytes);
        _fetchCount++;
        _copies.Add(copy);
        _copy.Schedule();
        return DerCode.Success;
    }

    DerCode IFrameSink.OnAddressRequest(uint transfer, ReadRequestWire* request)
    {
        if (!_letsCopy)
        {
            CloseText = "a copy between processes was not agreed on";
            return DerCode.Protocol;
        }

        byte* address = ResolveRange(request, MemoryAccess.RemoteRead);
        if (address is null)
        {
            SendTransferEnd(transfer, DerCode.NoPerm);
            return DerCode.Success;
        }

        var answer = (AddressWire*)BeginFrame(AddressWire.SizeBytes);
        if (answer is not null)
        {
            *answer = new AddressWire { Address = (ulong)address };
            EndFrame(FrameKind.Address, transfer, AddressWire.SizeBytes);
        }

        return DerCode.Success;
    }

    DerCode IFrameSink.OnAddress(uint transfer, ulong address)
    {
        RemoteOperation? operation = _transfers.Find(transfer);
        if (operation is not { Way: TransferWay.Asked } || address == 0)
        {
            CloseText = "the address of memory that was not asked for";
            return DerCode.Protocol;
        }

        operation.Way = TransferWay.Copying;
        operation.Copy.Begin(transfer, operation.Key, operation.OffsetBytes, (byte*)address, operation.LengthBytes);
        _copies.Add(operation.Copy);
        _copy.Schedule();
        return DerCode.Success;
    }

    // Keys never become valid again: one that is valid now was so while the peer copied.
    DerCode IFrameSink.OnCopied(uint transfer, ReadRequestWire* request)
    {
        if (!_letsCopy)
        {
            CloseText = "a copy between processes was not agreed on";
            return DerCode.Protocol;
        }

        SendTransferEnd(transfer, ResolveRange(request, MemoryAccess.RemoteRead) is null ? DerCode.NoPerm : DerCode.Success);
        return DerCode.Success;
    }

    // Offered where the kernel tells who the peer is and it is of the same user, as the one who may trace it anyway. With bulk checksums the
    // bytes take the socket, where they carry one.
    private void LetPeerCopy()
    {
        bool may = _context.UseProcessMemory && ConnectedScheme == "unix" && _record is null && !_context.Options.BulkChecksums;
        _peerProcess = may ? _reactor.PeerProcess(_socket) : 0;
        _letsCopy = _peerProcess > 0;
    }

    private void ProbePeer(HelloWire* hello)
    {
        _peerFetches = _letsCopy && (hello->Features & HelloWire.LetsCopy) != 0;
        if (!_peerFetches || !OperatingSystem.IsLinux())
        {
            _peerProcess = 0;
            return;
        }

        var probe = (HelloProbeWire*)(hello + 1);
        _peerProcess = ProcessMemory.CanReach(_peerProcess, probe->Address, probe->Value) ? _peerProcess : 0;
    }

    // Short ones have nothing to gain. Where this side does not reach the peer, the peer will hardly reach this side.
    private TransferWay WayOf(RemoteOperation operation) =>
        !IsProcessReachable || operation.LengthBytes < Limits.ProcessCopyBytesMin ? TransferWay.Stream
        : operation.IsRead ? TransferWay.Asked
        : _peerFetches ? TransferWay.Fetched
        : TransferWay.Stream;

    private void StartCopy(RemoteOperation operation, uint number)
    {
        if (operation.IsRead)
        {
            SendRange(FrameKind.AddressRequest, number, operation.Key, operation.OffsetBytes, operation.LengthBytes);
            return;
        }

        var request = (CopyRequestWire*)BeginFrame(CopyRequestWire.SizeBytes);
        if (request is not null)
        {
            *request = new CopyRequestWire
            {
                Key = operation.Key,
                OffsetBytes = operation.OffsetBytes,
                LengthBytes = (ulong)operation.LengthBytes,
                Address = (ulong)operation.Local,
            };
            EndFrame(FrameKind.CopyRequest, number, CopyRequestWire.SizeBytes);
        }
    }

    private DerCode EndCopied(RemoteOperation operation, uint number, DerCode outcome)
    {
        bool expected = operation.Way is TransferWay.Confirming or TransferWay.Fetched || (operation.Way == TransferWay.Asked && outcome.IsError);
        if (!expected)
        {
            CloseText = "the end of a transfer that is not under way";
            return DerCode.Protocol;
        }

        if (operation.Way == TransferWay.Fetched && outcome == DerCode.NotSupported)
        {
            _peerFetches = false;
            StreamInstead(operation, number);
            return DerCode.Success;
        }

        EndTransfer(operation, outcome);
        return DerCode.Success;
    }

    private void StreamInstead(RemoteOperation operation, uint number)
    {
        _transfers.BecomeStream(operation);
        StartStream(operation, number);
    }

    // One piece per item, so that messages pass between; some pieces of each copy in turn, so that each of several ends as soon as it can.
    private void CopyPiece()
    {
        if (_copies.First is not { } copy || _state != State.Open)
        {
            return;
        }

        byte* local = copy.Operation is { } read ? read.Local
            : _registrations.Resolve(copy.Key, copy.OffsetBytes, (ulong)copy.LengthBytes, MemoryAccess.RemoteWrite);
        if (local is null)
        {
            EndFetch(_copies.Take(), DerCode.NoPerm);
        }
        else
        {
            CopyPiece(copy, local);
        }

        if (_copies.First is not null)
        {
            _copy.Schedule();
        }
    }

    private void CopyPiece(ProcessCopy copy, byte* local)
    {
        int bytes = Math.Min(Limits.ProcessCopyBytes, copy.LengthBytes - copy.PositionBytes);
        if (!TryCopy(local + copy.PositionBytes, copy.Remote + copy.PositionBytes, bytes))
        {
            // The kernel changed its mind, or the memory is gone: the owner's key decides.
            _peerProcess = 0;
            EndRefused(_copies.Take());
            return;
        }

        copy.PositionBytes += bytes;
        _context.Counts.CopiedBytes += bytes;
        if (copy.PositionBytes == copy.LengthBytes)
        {
            EndWhole(_copies.Take());
        }
        else if (copy.PositionBytes % Limits.BulkQuantumBytes == 0)
        {
            _copies.Add(_copies.Take());
        }
    }

    private bool TryCopy(byte* local, byte* remote, int bytes) =>
        OperatingSystem.IsLinux() && _peerProcess > 0 && !FaultRegistry.Fires(_context.Options.Faults, FaultPoint.ProcessMemoryRefused)
            && ProcessMemory.TryCopy(_peerProcess, read: true, local, remote, bytes);

    private void EndRefused(ProcessCopy copy)
    {
        if (copy.Operation is { } operation)
        {
            StreamInstead(operation, copy.Transfer);
            return;
        }

        EndFetch(copy, DerCode.NotSupported);
    }

    private void EndWhole(ProcessCopy copy)
    {
        if (copy.Operation is { } operation)
        {
            operation.Way = TransferWay.Confirming;
            SendRange(FrameKind.Copied, copy.Transfer, copy.Key, copy.OffsetBytes, copy.LengthBytes);
            return;
        }

        EndFetch(copy, DerCode.Success);
    }

    private void EndFetch(ProcessCopy copy, DerCode outcome)
    {
        uint transfer = copy.Transfer;
        _fetchCount--;
        _fetches.Return(copy);
        SendTransferEnd(transfer, outcome);
    }

    private void DropCopies()
    {
        while (_copies.First is not null)
        {
            ProcessCopy copy = _copies.Take();
            if (copy.Operation is null)
            {
                _fetchCount--;
                _fetches.Return(copy);
            }
        }
    }

    private byte* ResolveRange(ReadRequestWire* range, MemoryAccess access) =>
        range->LengthBytes > int.MaxValue || FaultRegistry.Fires(_context.Options.Faults, FaultPoint.TransferRefused)
            ? null
            : _registrations.Resolve(range->Key, range->OffsetBytes, range->LengthBytes, access);

    private sealed class CopyItem(SocketConnection connection) : WorkItem
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
