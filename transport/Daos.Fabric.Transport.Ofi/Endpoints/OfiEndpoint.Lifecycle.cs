using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Transport.Ofi.Errors;
using Daos.Fabric.Transport.Ofi.Memory;
using Daos.Fabric.Transport.Ofi.Native;
using Daos.Fabric.Transport.Ofi.Wire;

namespace Daos.Fabric.Transport.Ofi.Endpoints;

/// <content>Opening, memory for packets, and closing. Opening blocks: start-up and first connects.</content>
internal sealed unsafe partial class OfiEndpoint
{
    private readonly FabricObjects _objects;
    private NativeSlab? _contexts;
    private NativeSlab? _sendMemory;
    private NativeSlab? _receiveMemory;
    private AssemblyPool? _assemblies;
    private fid_mr* _sendRegion;
    private fid_mr* _receiveRegion;
    private int _packetRegions;
    private bool _isDisposed;

    private OfiEndpoint(OfiContext context, LibFabric library)
    {
        _context = context;
        _objects = new FabricObjects(library);
    }

    /// <summary>The wait object that tells of completions, or -1 where the provider has none.</summary>
    internal int WaitDescriptor => _objects.WaitDescriptor;

    /// <summary>Wakes the loop when <see cref="WaitDescriptor"/> has something.</summary>
    internal EndpointWatch Watch { get; } = new();

    /// <summary>What is dialled through it; empty for a listening endpoint.</summary>
    internal string Route { get; set; } = "";

    /// <summary>True once a peer was in this process.</summary>
    internal bool HasPeersHere { get; set; }

    /// <summary>True for shared memory, where endpoints of one process share their mappings.</summary>
    internal bool IsShm { get; private set; }

    /// <summary>What <see cref="ShmGuard"/> knows of it, for shared memory only.</summary>
    internal ShmCalls? Guarded { get; private set; }

    /// <summary>True once closed.</summary>
    internal bool IsClosed { get; private set; }

    /// <summary>
    /// Opens an endpoint on an address of this node (<paramref name="listens"/>), or one that can reach an address of another.
    /// DER_NOSYS: no provider for it; DER_BUSY: the address is taken; DER_INVAL: it is not ours.
    /// </summary>
    internal static DerResult<OfiEndpoint> Open(OfiContext context, LibFabric library, OfiAddress address, bool listens)
    {
        var endpoint = new OfiEndpoint(context, library) { Scheme = address.Scheme };
        bool sleeps = context.Loop.Options.SpinNs != long.MaxValue && context.Loop.Reactor.Kind is ("uring" or "epoll");
        int result = endpoint._objects.Open(address, listens, sleeps);
        if (result != 0)
        {
            endpoint.Dispose();
            return FiErrors.ToCode(result);
        }

        endpoint.Opened();
        return endpoint;
    }

    /// <summary>The address of the endpoint as a URI, with the port that was chosen.</summary>
    internal TransportUri Uri(OfiAddress asked)
    {
        if (asked.IsName)
        {
            return TransportUri.Parse($"{asked.Scheme}://{asked.Service}");
        }

        int port = (Name[2] << 8) | Name[3];
        string host = asked.Node!.Contains(':', StringComparison.Ordinal) ? $"[{asked.Node}]" : asked.Node;
        return TransportUri.Parse($"{asked.Scheme}://{host}:{port}");
    }

    /// <summary>The bytes of a peer's address; a negative FI_E code when the provider cannot make any.</summary>
    internal int Resolve(OfiAddress address, Span<byte> bytes, out int lengthBytes) => _objects.Resolve(address, bytes, out lengthBytes);

    /// <summary>
    /// Ends all transfers: no memory of ours is touched from now on. Regions may still be given back, then <see cref="Dispose"/>.
    /// </summary>
    internal void Stop()
    {
        IsClosed = true;
        if (Guarded is null || !HasPeersHere)
        {
            Enter();
            _objects.CloseEndpoint();
            Leave();
        }
    }

    /// <summary>Closes everything. Packets that are held stay until they are released.</summary>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        IsClosed = true;
        ShmEndpoints.Close(this);
        _sendMemory?.Dispose();
        FreeWhenReturned();
    }

    /// <summary>Gives libfabric's objects back. Any thread, once.</summary>
    internal void CloseObjects()
    {
        _objects.CloseEndpoint();
        Registrations?.Clear();
        CloseRegion(_sendRegion);
        CloseRegion(_receiveRegion);
        _objects.CloseRest();
        _contexts?.Dispose();
    }

    private void Opened()
    {
        fi_info* info = _objects.Info;
        IsShm = info->addr_format == FiFabric.FI_ADDR_STR;
        MeasurePackets(info);

        // A write is complete when the peer has the bytes. shm copies them in the call; asked for more, it leaves the copy to the peer's thread.
        _writeFlags = IsShm ? 0 : FiFabric.FI_DELIVERY_COMPLETE;
        Memory = new EndpointMemory(_objects, _context.Random, _context.Options.Faults, _context.Ofi.RegisterLocalMemory);
        Registrations = new RegistrationCache(Memory);
        _peers = new PeerAddresses(_objects, IsShm ? Limits.ShmPeers : int.MaxValue);
        _receivesWanted = (int)Math.Min(info->rx_attr->size / 2, Limits.ReceivesPosted);
        bool wantsContexts = (info->mode & (FiFabric.FI_CONTEXT | FiFabric.FI_CONTEXT2)) != 0;
        _contexts = wantsContexts ? new NativeSlab((long)SlotCount * ContextBytes) : null;
        if (IsShm)
        {
            Guarded = new ShmCalls(ShmRegionView.TryOpen(Name, Environment.ProcessId));
            ShmEndpoints.Opened(this);
        }

        MakePackets();
        PostReceives();
    }

    // shm keeps everything that does not fit into its own memory in one queue, in which a peer that was killed stops all behind it. So its
    // packets are small, and long messages go in parts.
    private void MeasurePackets(fi_info* info)
    {
        int wholeBytes = PacketHeaderWire.SizeBytes + RecordWire.RecordBytes(_context.Options.MessageBytesMax);
        InjectBytes = (int)Math.Min(info->tx_attr->inject_size, (nuint)wholeBytes);
        PacketBytes = IsShm ? Math.Max(InjectBytes, Limits.PacketBytesMin) : wholeBytes;
        _sends = new SendPacket[IsShm ? Limits.SmallPackets : Limits.SendPackets];
        _receives = new ReceivePacket?[IsShm ? Limits.SmallPackets : Limits.ReceivePackets];
        _uses = new uint[SlotCount];
        _assemblies = PacketBytes < wholeBytes ? new AssemblyPool(this, _context.Options.MessageBytesMax) : null;
    }

    private void MakePackets()
    {
        _sendMemory = new NativeSlab((long)_sends.Length * PacketBytes);
        _receiveMemory = new NativeSlab((long)_receives.Length * PacketBytes);
        if (Memory.WantsLocalRegistration)
        {
            _sendRegion = Memory.Register(_sendMemory.Address, _sendMemory.LengthBytes, FiFabric.FI_SEND, out _);
            _receiveRegion = Memory.Register(_receiveMemory.Address, _receiveMemory.LengthBytes, FiFabric.FI_RECV, out _);
            _sendDescriptor = _sendRegion == null ? null : _sendRegion->mem_desc;
            _receiveDescriptor = _receiveRegion == null ? null : _receiveRegion->mem_desc;
            _packetRegions = Memory.RegionsOpen;
        }

        for (int i = _sends.Length - 1; i >= 0; i--)
        {
            _sends[i] = new SendPacket(_sendMemory.Address + ((long)i * PacketBytes), i);
            _idleSends.Push(_sends[i]);
        }

        for (int i = Limits.TransferPieces - 1; i >= 0; i--)
        {
            _idlePieces.Push(i);
        }
    }

    private void CloseRegion(fid_mr* region)
    {
        if (region != null)
        {
            Memory.Deregister(region);
        }
    }

    private void FreeWhenReturned()
    {
        if (_isDisposed && _receivesHeld == 0)
        {
            _receiveMemory?.Dispose();
            _receiveMemory = null;
        }

        if (_isDisposed && _assemblies is { Held: 0 })
        {
            _assemblies.Dispose();
            _assemblies = null;
        }
    }
}
