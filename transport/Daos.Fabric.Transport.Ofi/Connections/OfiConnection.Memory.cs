using Daos.Fabric.Transport.Ofi.Errors;
using Daos.Fabric.Transport.Ofi.Memory;
using Daos.Fabric.Transport.Ofi.Native;
using Daos.Fabric.Transport.Ofi.Wire;

namespace Daos.Fabric.Transport.Ofi.Connections;

/// <content>
/// One-sided transfers that this side starts, and the leases under them; <see cref="ServedMemory"/> is the other side.
/// </content>
internal sealed unsafe partial class OfiConnection
{
    private readonly Dictionary<ulong, RemoteLease> _leases = [];
    private readonly List<RemoteLease> _idle = [];
    private readonly List<OfiTransfer> _running = [];
    private TransferQueue _refused;

    /// <summary>Our memory that the peer may use.</summary>
    internal ServedMemory Served { get; }

    /// <summary>Leases of the peer's memory that we hold or asked for.</summary>
    internal int LeaseCount => _leases.Count;

    /// <summary>A piece of a transfer of ours ended.</summary>
    internal void PieceDone(OfiTransfer transfer, int error)
    {
        transfer.Pieces--;
        if (error != 0 && transfer.Outcome.IsSuccess)
        {
            transfer.Outcome = DerCode.Unreachable;
        }

        if (!transfer.IsStuck)
        {
            Continue(transfer);
        }

        if (error != 0)
        {
            Abort(DerCode.Unreachable);
        }
    }

    private ValueTask<DerCode> Transfer(bool read, RemoteMemory memory, long offsetBytes, byte* local, int lengthBytes)
    {
        _context.Loop.Assert();
        ArgumentOutOfRangeException.ThrowIfNegative(lengthBytes);
        if (!IsOpen)
        {
            return new(DerCode.Unreachable);
        }

        if (!memory.IsValid)
        {
            return new(DerCode.NoPerm);
        }

        OfiTransfer transfer = OfiTransfer.Rent(this, _context.Loop, read, offsetBytes, local, lengthBytes);
        ValueTask<DerCode> task = transfer.Task;
        RemoteLease? lease = FindOrAsk(memory.Key);
        if (lease is null)
        {
            transfer.Finish(DerCode.Busy);
        }
        else if (lease.State == RemoteLease.LeaseState.Asked)
        {
            lease.Waiting.Enqueue(transfer);
        }
        else
        {
            Start(transfer, lease);
        }

        return task;
    }

    private RemoteLease? FindOrAsk(ulong key)
    {
        if (_leases.TryGetValue(key, out RemoteLease? lease))
        {
            return lease;
        }

        if (_leases.Count == Limits.LeasesPerConnection)
        {
            return null;
        }

        lease = OwnerPool<RemoteLease>.Of(_context.Loop).TryRent() ?? new RemoteLease();
        lease.Key = key;
        lease.State = RemoteLease.LeaseState.Asked;
        lease.Users = 0;
        lease.Index = -1;
        _leases.Add(key, lease);
        WriteKey(RecordKind.Lease, key);
        return lease;
    }

    private void Start(OfiTransfer transfer, RemoteLease lease)
    {
        if (!lease.Allows(transfer))
        {
            transfer.Finish(DerCode.NoPerm);
            return;
        }

        if (transfer.LengthBytes == 0)
        {
            transfer.Finish(DerCode.Success);
            return;
        }

        if (!Endpoint.Registrations.TryAcquire(transfer.Local, transfer.LengthBytes, out LocalRegistration registration))
        {
            transfer.Finish(DerCode.NoMemory);
            return;
        }

        transfer.Registration = registration;
        transfer.Lease = lease;
        transfer.Index = _running.Count;
        _running.Add(transfer);
        lease.Users++;
        MarkBusy(lease);
        Continue(transfer);
    }

    private void Continue(OfiTransfer transfer)
    {
        RemoteLease lease = transfer.Lease;
        while (transfer.Outcome.IsSuccess && transfer.StartedBytes < transfer.LengthBytes && transfer.Pieces < Limits.PiecesPerTransfer)
        {
            int bytes = Math.Min(Limits.PieceBytes, transfer.LengthBytes - transfer.StartedBytes);
            ulong address = lease.RemoteAddress + (ulong)(transfer.OffsetBytes + transfer.StartedBytes);
            nint result = Endpoint.StartPiece(transfer, Peer, transfer.Local + transfer.StartedBytes, bytes, address, lease.FabricKey);
            if (result == -FiErrno.FI_EAGAIN)
            {
                transfer.IsStuck = true;
                _refused.Enqueue(transfer);
                Endpoint.MarkStuck(this);
                return;
            }

            if (result != 0)
            {
                transfer.Outcome = FiErrors.ToCode(result);
                break;
            }

            transfer.StartedBytes += bytes;
            transfer.Pieces++;
        }

        if (transfer.Pieces == 0)
        {
            End(transfer, transfer.Outcome);
        }
    }

    private void RetryTransfers()
    {
        // Those that are refused again stand in the new queue.
        TransferQueue refused = _refused;
        _refused = default;
        while (refused.Dequeue() is { } transfer)
        {
            transfer.IsStuck = false;
            Continue(transfer);
        }
    }

    private void End(OfiTransfer transfer, DerCode code)
    {
        OfiTransfer last = _running[^1];
        _running[transfer.Index] = last;
        last.Index = transfer.Index;
        _running.RemoveAt(_running.Count - 1);
        Endpoint.Registrations.Release(transfer.Registration);
        RemoteLease lease = transfer.Lease;
        lease.Users--;
        if (lease.Users == 0)
        {
            if (lease.State == RemoteLease.LeaseState.Revoked)
            {
                Return(lease);
            }
            else
            {
                lease.Index = _idle.Count;
                _idle.Add(lease);
            }
        }

        transfer.Finish(code);
        if (_state == State.Closing)
        {
            _finish.Schedule();
        }
    }

    private void MarkBusy(RemoteLease lease)
    {
        if (lease.Index >= 0)
        {
            RemoteLease last = _idle[^1];
            _idle[lease.Index] = last;
            last.Index = lease.Index;
            _idle.RemoveAt(_idle.Count - 1);
            lease.Index = -1;
        }
    }

    // A message usually says that the memory was used for good (a reply): the owner has it back with the message, not a round trip later.
    private void ReturnIdleLeases()
    {
        while (_idle.Count > 0)
        {
            Return(_idle[^1]);
        }
    }

    private void Return(RemoteLease lease)
    {
        MarkBusy(lease);
        _leases.Remove(lease.Key);
        WriteKey(RecordKind.Return, lease.Key);
        OwnerPool<RemoteLease>.Of(_context.Loop).Return(lease);
    }

    private void FailWaiting(RemoteLease lease, DerCode code)
    {
        while (lease.Waiting.Dequeue() is { } transfer)
        {
            transfer.Finish(code);
        }
    }

    // False for a grant that was not asked for.
    private bool Granted(in GrantWire grant)
    {
        if (!_leases.TryGetValue(grant.Key, out RemoteLease? lease) || lease.State != RemoteLease.LeaseState.Asked)
        {
            return false;
        }

        if (grant.Code != 0)
        {
            FailWaiting(lease, new DerCode(grant.Code));
            _leases.Remove(lease.Key);
            OwnerPool<RemoteLease>.Of(_context.Loop).Return(lease);
            return true;
        }

        lease.State = RemoteLease.LeaseState.Granted;
        lease.RemoteAddress = grant.RemoteAddress;
        lease.FabricKey = grant.FabricKey;
        lease.LengthBytes = grant.LengthBytes;
        lease.Access = (MemoryAccess)(grant.Access & 3);
        if (_state != State.Open)
        {
            Return(lease);
            return true;
        }

        // The lease must not end under the queue.
        lease.Users++;
        while (lease.Waiting.Dequeue() is { } transfer)
        {
            Start(transfer, lease);
        }

        if (--lease.Users == 0)
        {
            lease.Index = _idle.Count;
            _idle.Add(lease);
        }

        return true;
    }

    private void Revoked(ulong key)
    {
        if (_leases.TryGetValue(key, out RemoteLease? lease) && lease.State == RemoteLease.LeaseState.Granted)
        {
            lease.State = RemoteLease.LeaseState.Revoked;
            if (lease.Users == 0)
            {
                Return(lease);
            }
        }
    }

    /// <summary>Writes a record that names registered memory.</summary>
    internal void WriteKey(RecordKind kind, ulong key)
    {
        if (_aborted || _state == State.Closed)
        {
            return;
        }

        byte* payload = BeginRecord(KeyWire.SizeBytes);
        if (payload != null)
        {
            ((KeyWire*)payload)->Key = key;
            EndRecord(kind, KeyWire.SizeBytes);
        }
    }
}
