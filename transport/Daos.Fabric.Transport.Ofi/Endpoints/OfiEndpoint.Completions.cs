using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Transport.Ofi.Connections;
using Daos.Fabric.Transport.Ofi.Native;
using Daos.Fabric.Transport.Ofi.Wire;

namespace Daos.Fabric.Transport.Ofi.Endpoints;

/// <content>Progress: completions to whom they belong, packets received, receives posted again.</content>
internal sealed unsafe partial class OfiEndpoint
{
    private readonly Queue<OfiConnection> _starved = new();
    private int _receivesMade;
    private int _receivesPosted;
    private int _receivesWanted;
    private int _receivesHeld;

    /// <summary>Polls since the start.</summary>
    internal long Polls { get; private set; }

    /// <summary>Completions with an error since the start.</summary>
    internal long ErrorCompletions { get; private set; }

    /// <summary>Completions of what had been given up, since the start.</summary>
    internal long LateCompletions { get; private set; }

    /// <summary>Packets that nobody understood since the start.</summary>
    internal long StrayPackets { get; private set; }

    /// <summary>Times that no packet was left to receive into, because the layer above holds them all.</summary>
    internal long Starved { get; private set; }

    /// <summary>Takes back a received packet that nobody holds.</summary>
    internal void Return(ReceivePacket packet)
    {
        _receivesHeld--;
        _idleReceives.Push(packet);
        if (!IsClosed)
        {
            PostReceives();
        }

        FreeWhenReturned();
    }

    /// <summary>
    /// Memory for a message that comes in parts; null when the layer above holds all there is, and then the connection is tried again once
    /// some is back.
    /// </summary>
    internal Assembly? TryRentAssembly(OfiConnection connection)
    {
        Assembly? assembly = _assemblies!.TryRent();
        if (assembly is null && !connection.IsStarved)
        {
            connection.IsStarved = true;
            _starved.Enqueue(connection);
            Starved++;
        }

        return assembly;
    }

    /// <summary>Nobody holds a message any more that came in parts.</summary>
    internal void AssemblyReturned()
    {
        if (_starved.TryDequeue(out OfiConnection? connection))
        {
            connection.IsStarved = false;
            MarkStuck(connection);
        }

        FreeWhenReturned();
    }

    /// <summary>Progress: takes completions, posts receives, tries refused requests again. Returns how much happened.</summary>
    internal int Poll()
    {
        Polls++;
        _copiedBytes = 0;
        int events = TakeCompletions();
        bool isMoving = ServedRegions > 0 || _idlePieces.Count < Limits.TransferPieces;
        for (int i = 1; i < Limits.PollsWhileMoving && isMoving && events == 0; i++)
        {
            events = TakeCompletions();
        }

        if (_copyFails)
        {
            _copyFails = false;
            _context.CopyFailed(this);
        }

        // A provider that took no receive when the last one was used is asked again.
        if (_receivesPosted == 0 && _idleReceives.Count > 0)
        {
            PostReceives();
        }

        for (int i = _stuck.Count; i > 0; i--)
        {
            OfiConnection connection = _stuck.Dequeue();
            connection.IsStuck = false;
            connection.Retry();
        }

        // Before that, what a peer had sent may still wait for a receive.
        if (_receivesPosted > 0)
        {
            _peers.ForgetDeparted(Polls);
        }

        return events;
    }

    /// <summary>True when the loop may sleep on <see cref="WaitDescriptor"/>; false when the queue must be read first.</summary>
    internal bool MayWait() => _stuck.Count == 0 && _objects.MayWait();

    private int TakeCompletions()
    {
        fi_cq_msg_entry* entries = stackalloc fi_cq_msg_entry[Limits.CompletionsPerPoll];
        fid_cq* queue = _objects.Queue;
        Enter();
        nint count = queue->ops->read(queue, entries, Limits.CompletionsPerPoll);
        Leave();
        if (count == -FiErrno.FI_EAVAIL)
        {
            TakeError();
            return 1;
        }

        for (nint i = 0; i < count; i++)
        {
            Complete(entries[i].op_context, (long)entries[i].len, 0);
        }

        return count > 0 ? (int)count : 0;
    }

    private void TakeError()
    {
        fi_cq_err_entry entry = default;
        fid_cq* queue = _objects.Queue;
        if (queue->ops->readerr(queue, &entry, 0) <= 0)
        {
            return;
        }

        ErrorCompletions++;
        if (entry.op_context == null)
        {
            _context.CopyFailed(this);
        }
        else
        {
            Complete(entry.op_context, 0, entry.err == 0 ? FiErrno.FI_ECANCELED : entry.err);
        }
    }

    private void Complete(void* context, long lengthBytes, int error)
    {
        int slot = SlotOf(context);
        if (slot < 0)
        {
            LateCompletions++;
            return;
        }

        error = slot >= _receives.Length && _context.Fires(FaultPoint.FabricCompletionFailed) ? FiErrno.FI_EIO : error;
        if (slot < _receives.Length)
        {
            Received(_receives[slot]!, lengthBytes, error);
        }
        else if (slot < _receives.Length + _sends.Length)
        {
            SendPacket packet = _sends[slot - _receives.Length];
            OfiConnection? connection = packet.Connection;
            int bytes = packet.UsedBytes;
            ReturnSend(packet);
            connection?.Sent(bytes, error);
        }
        else
        {
            int index = slot - _receives.Length - _sends.Length;
            OfiTransfer? transfer = _pieces[index];
            _pieces[index] = null;
            _idlePieces.Push(index);
            transfer?.Connection.PieceDone(transfer, error);
        }
    }

    private void Received(ReceivePacket packet, long lengthBytes, int error)
    {
        _receivesPosted--;
        _receivesHeld++;
        packet.AddHolder();
        packet.LengthBytes = (int)lengthBytes;
        PostReceives();
        if (error == 0)
        {
            Deliver(packet);
        }

        packet.Release();
    }

    private void Deliver(ReceivePacket packet)
    {
        var header = (PacketHeaderWire*)packet.Address;
        int length = packet.LengthBytes;
        if (length < PacketHeaderWire.SizeBytes || header->Version != PacketHeaderWire.CurrentVersion)
        {
            StrayPackets++;
            return;
        }

        if (header->LengthBytes != (uint)length
            || header->Crc != Core.Checksums.Crc32C.Compute(new ReadOnlySpan<byte>(packet.Address + sizeof(uint), length - sizeof(uint))))
        {
            // What was lost with it never comes again, so whose it seems to be has an end; a token that was hit as well is nobody's.
            StrayPackets++;
            OfiConnection? broken = _context.Find(header->Token);
            broken?.Broken();
            return;
        }

        if ((header->Flags & PacketFlags.Hello) != 0)
        {
            _context.Greeted(this, packet);
        }
        else if (_context.Find(header->Token) is { } connection && ReferenceEquals(connection.Endpoint, this))
        {
            connection.Arrived(packet);
        }
        else
        {
            StrayPackets++;
        }
    }

    private void PostReceives()
    {
        while (_receivesPosted < _receivesWanted && NextReceive() is { } packet)
        {
            fid_ep* endpoint = _objects.Endpoint;
            Enter();
            nint result = _context.Fires(FaultPoint.ReceiveMemoryShort)
                ? -FiErrno.FI_EAGAIN
                : endpoint->msg->recv(
                    endpoint, packet.Address, (nuint)PacketBytes, _receiveDescriptor, FiDomain.FI_ADDR_UNSPEC, ContextOf(packet.Index));
            Leave();
            if (result != 0)
            {
                _idleReceives.Push(packet);
                return;
            }

            _receivesPosted++;
        }
    }

    private ReceivePacket? NextReceive()
    {
        if (_idleReceives.TryPop(out ReceivePacket? packet))
        {
            return packet;
        }

        if (_receivesMade == _receives.Length)
        {
            Starved += _receivesPosted == 0 ? 1 : 0;
            return null;
        }

        int index = _receivesMade++;
        packet = new ReceivePacket(this, _receiveMemory!.Address + ((long)index * PacketBytes), index);
        _receives[index] = packet;
        return packet;
    }

    // Where the provider wants memory behind a context it gets some, and a slot waits for its completion however long that takes. No
    // context is null: that is what shm gives for a copy that failed.
    private void* ContextOf(int slot) =>
        _contexts is { } memory ? memory.Address + ((long)slot * ContextBytes) : (void*)(((ulong)_uses[slot] << 32) | ((uint)slot + 1));

    // -1 when the use that the context names was given up.
    private int SlotOf(void* context)
    {
        if (_contexts is { } memory)
        {
            return (int)(((byte*)context - memory.Address) / ContextBytes);
        }

        int slot = (int)(uint)(ulong)context - 1;
        Invariant.Check((uint)slot < SlotCount);
        return _uses[slot] == (uint)((ulong)context >> 32) ? slot : -1;
    }

    private bool TryEndUse(int slot)
    {
        if (_contexts is not null)
        {
            return false;
        }

        _uses[slot]++;
        return true;
    }
}
