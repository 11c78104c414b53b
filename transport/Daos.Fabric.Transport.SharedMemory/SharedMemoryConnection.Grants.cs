namespace Daos.Fabric.Transport.SharedMemory;

/// <summary>
/// Our registered memory as the peer reaches it: every transfer is checked here and gets a grant of its own, and revoking a registration
/// waits until grants under it came back, or until the peer is dead.
/// </summary>
internal sealed unsafe partial class SharedMemoryConnection
{
    private readonly GrantTable _grants = new();
    private readonly OfferedRegions _offered = new();
    private readonly Queue<uint> _reads = new();
    private readonly List<RevokeWaiter> _waiters = [];

    /// <summary>Revokes a registration (<see cref="TransportContext.Deregister"/>).</summary>
    internal bool Deregister(ulong key, WorkItem? whenSafe)
    {
        _registrations.Remove(key);
        int waits = 0;
        for (int i = _grants.Count - 1; i >= 0; i--)
        {
            int slot = _grants.SlotAt(i);
            ref Grant grant = ref _grants[slot];
            if (grant.Key != key || grant.IsRevoked)
            {
                continue;
            }

            uint transfer = grant.Transfer;
            grant.IsRevoked = true;
            if (grant.IsDirect)
            {
                waits++;
                SendWord(FrameKind.Revoke, transfer, 0);
            }
            else if (!grant.IsWrite)
            {
                _grants.End(slot);
                SendWord(FrameKind.End, transfer, DerCode.NoPerm.Value);
            }
        }

        if (waits > 0)
        {
            _waiters.Add(new RevokeWaiter(key, waits, whenSafe));
        }

        return waits == 0;
    }

    private bool OnGrantRequest(in GrantRequestWire request)
    {
        int slot = TransferTable.SlotOf(request.Transfer);
        if (slot < 0 || _grants[slot].IsActive || (request.Flags & ~GrantRequestWire.KnownFlags) != 0 || request.LengthBytes > int.MaxValue)
        {
            return false;
        }

        bool isWrite = (request.Flags & GrantRequestWire.WriteFlag) != 0;
        MemoryAccess access = isWrite ? MemoryAccess.RemoteWrite : MemoryAccess.RemoteRead;
        byte* address = _registrations.Resolve(request.Key, request.OffsetBytes, request.LengthBytes, access);
        if (address is null || request.LengthBytes == 0)
        {
            Answer(request.Transfer, address is null ? DerCode.NoPerm : DerCode.Success, GrantWay.None, 0, 0);
            return true;
        }

        ref Grant grant = ref _grants.Begin(slot);
        grant.Transfer = request.Transfer;
        grant.Key = request.Key;
        grant.Address = address;
        grant.LengthBytes = (int)request.LengthBytes;
        grant.IsWrite = isWrite;
        Open(ref grant, mayUseProcess: (request.Flags & GrantRequestWire.ProcessFlag) != 0 && _context.Provider.Options.UseProcessMemory);
        return true;
    }

    // The best way there is: a shared region, this process's memory, or the ring.
    private void Open(ref Grant grant, bool mayUseProcess)
    {
        ShareableRegion? region = _context.Provider.FindRegion(grant.Address, grant.LengthBytes);
        uint number = region is null ? 0 : Offer(region);
        if (number != 0)
        {
            grant.Way = GrantWay.Region;
            Answer(grant.Transfer, DerCode.Success, GrantWay.Region, number, (ulong)(grant.Address - region!.Address));
        }
        else if (mayUseProcess)
        {
            grant.Way = GrantWay.Process;
            Answer(grant.Transfer, DerCode.Success, GrantWay.Process, 0, (ulong)grant.Address);
        }
        else
        {
            OpenRing(ref grant);
        }
    }

    private void OpenRing(ref Grant grant)
    {
        grant.Way = GrantWay.Ring;
        grant.PositionBytes = 0;
        Answer(grant.Transfer, DerCode.Success, GrantWay.Ring, 0, 0);
        if (!grant.IsWrite)
        {
            _reads.Enqueue(grant.Transfer);
        }
    }

    // The number under which the peer has the region mapped, or will have when it reads the grant; 0 when it cannot be sent.
    private uint Offer(ShareableRegion region)
    {
        uint number = _offered.Find(region);
        if (number != 0)
        {
            return number;
        }

        for (uint dropped = TakeDropped(); dropped != 0; dropped = TakeDropped())
        {
            SendWord(FrameKind.DropRegion, dropped, 0);
        }

        if (!_offered.HasRoom)
        {
            return 0;
        }

        number = _offered.Add(region);
        var wire = new RegionWire { Magic = RegionWire.MagicValue, Region = number, LengthBytes = (ulong)region.LengthBytes };
        if (DescriptorSocket.Send(_socket, &wire, RegionWire.SizeBytes, [region.Descriptor]) < 0)
        {
            _offered.RemoveLast();
            return 0;
        }

        return number;
    }

    private uint TakeDropped() => _offered.TakeDropped(_context.Provider.Regions, IsGranted);

    private bool IsGranted(ShareableRegion region)
    {
        for (int i = 0; i < _grants.Count; i++)
        {
            ref Grant grant = ref _grants[_grants.SlotAt(i)];
            if (grant.Way == GrantWay.Region && region.Contains(grant.Address, grant.LengthBytes))
            {
                return true;
            }
        }

        return false;
    }

    private bool OnRelease(in TransferWire word)
    {
        int slot = _grants.Find(word.Transfer);
        if (slot < 0 || !_grants[slot].IsDirect)
        {
            return false;
        }

        ref Grant grant = ref _grants[slot];
        bool wasReached = word.Code != TransferWire.Unreached;
        if (!wasReached && grant.Way != GrantWay.Process)
        {
            return false;
        }

        if (grant.IsRevoked)
        {
            Settle(grant.Key);
        }
        else if (!wasReached)
        {
            OpenRing(ref grant);
            return true;
        }

        _grants.End(slot);
        if (!wasReached)
        {
            Answer(word.Transfer, DerCode.NoPerm, GrantWay.None, 0, 0);
        }

        return true;
    }

    private bool OnWriteData(in DataWire data, byte* bytes, int lengthBytes)
    {
        int slot = _grants.Find(data.Transfer);
        if (slot < 0)
        {
            return false;
        }

        ref Grant grant = ref _grants[slot];
        if (grant.Way != GrantWay.Ring || !grant.IsWrite || data.PositionBytes != (uint)grant.PositionBytes
            || lengthBytes > grant.LengthBytes - grant.PositionBytes)
        {
            return false;
        }

        if (!grant.IsRevoked)
        {
            Buffer.MemoryCopy(bytes, grant.Address + grant.PositionBytes, lengthBytes, lengthBytes);
        }

        grant.PositionBytes += lengthBytes;
        if (grant.PositionBytes == grant.LengthBytes)
        {
            int code = grant.IsRevoked ? DerCode.NoPerm.Value : 0;
            _grants.End(slot);
            SendWord(FrameKind.End, data.Transfer, code);
        }

        return true;
    }

    // One piece of the oldest read that goes through the ring.
    private bool ServeRead()
    {
        while (_reads.TryPeek(out uint transfer))
        {
            int slot = _grants.Find(transfer);
            if (slot < 0)
            {
                _reads.Dequeue();
                continue;
            }

            ref Grant grant = ref _grants[slot];
            int bytes = Math.Min(Limits.DataBytes, grant.LengthBytes - grant.PositionBytes);
            if (!TrySendData(FrameKind.ReadData, transfer, grant.Address, grant.PositionBytes, bytes))
            {
                return false;
            }

            _transfersSentLast = false;
            grant.PositionBytes += bytes;
            if (grant.PositionBytes == grant.LengthBytes)
            {
                _grants.End(slot);
                _reads.Dequeue();
            }

            return true;
        }

        return false;
    }

    private void Answer(uint transfer, DerCode code, GrantWay way, uint region, ulong position)
    {
        var grant = new GrantWire { Transfer = transfer, Code = code.Value, Way = way, Region = region, Position = position };
        Send(FrameKind.Grant, &grant, GrantWire.SizeBytes);
    }

    private void SendWord(FrameKind kind, uint transfer, int code)
    {
        if (IsOpen)
        {
            var word = new TransferWire { Transfer = transfer, Code = code };
            Send(kind, &word, TransferWire.SizeBytes);
        }
    }

    private void Settle(ulong key)
    {
        for (int i = 0; i < _waiters.Count; i++)
        {
            RevokeWaiter waiter = _waiters[i];
            if (waiter.Key != key)
            {
                continue;
            }

            if (waiter.Remaining > 1)
            {
                _waiters[i] = waiter with { Remaining = waiter.Remaining - 1 };
                return;
            }

            _waiters.RemoveAt(i);
            Tell(waiter);
            return;
        }
    }

    private void SettleAll()
    {
        foreach (RevokeWaiter waiter in _waiters)
        {
            Tell(waiter);
        }

        _waiters.Clear();
    }

    private void Tell(in RevokeWaiter waiter)
    {
        if (waiter.Item is not null)
        {
            _context.Loop.Schedule(waiter.Item);
        }
    }

    private readonly record struct RevokeWaiter(ulong Key, int Remaining, WorkItem? Item);
}
