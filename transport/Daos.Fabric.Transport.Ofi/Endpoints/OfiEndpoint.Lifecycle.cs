using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Transport.Ofi.Errors;
using Daos.Fabric.Transport.Ofi.Memory;
using Daos.Fabric.Transport.Ofi.Native;
using Daos.Fabric.Transport.Ofi.Wire;

namespace Daos.Fabric.Transport.Ofi.Endpoints;

/// <content>Choosing a provider, opening and closing its objects, addresses and memory regions. Opening blocks: start-up and first connects.</content>
internal sealed unsafe partial class OfiEndpoint
{
    private readonly LibFabric _library;
    private readonly SeededRandom _random;
    private fi_info* _info;
    private fid_fabric* _fabric;
    private fid_domain* _domain;
    private fid_av* _addresses;
    private fid_cq* _queue;
    private fid_ep* _endpoint;
    private fid_mr* _sendRegion;
    private fid_mr* _receiveRegion;
    private void* _sendDescriptor;
    private void* _receiveDescriptor;
    private byte[] _name = [];
    private int _regionsOpen;
    private int _packetRegions;
    private bool _isDisposed;

    private OfiEndpoint(OfiContext context, LibFabric library)
    {
        _context = context;
        _library = library;
        _random = context.Random;
        PacketBytes = PacketHeaderWire.SizeBytes + RecordWire.RecordBytes(context.Options.MessageBytesMax);
    }

    /// <summary>The wait object that tells of completions, or -1 where the provider has none.</summary>
    internal int WaitDescriptor { get; private set; } = -1;

    /// <summary>Registered memory is named by its address rather than by an offset.</summary>
    internal bool UsesVirtualAddresses => (_info->domain_attr->mr_mode & FiFabric.FI_MR_VIRT_ADDR) != 0;

    /// <summary>Local memory must be registered.</summary>
    internal bool WantsLocalRegistration => (_info->domain_attr->mr_mode & FiFabric.FI_MR_LOCAL) != 0 || _context.Ofi.RegisterLocalMemory;

    /// <summary>What is dialled through it; empty for a listening endpoint.</summary>
    internal string Route { get; set; } = "";

    /// <summary>True once a peer was in this process.</summary>
    internal bool HasPeersHere { get; set; }

    /// <summary>True for shared memory, where endpoints of one process share their mappings.</summary>
    internal bool IsShm => _info->addr_format == FiFabric.FI_ADDR_STR;

    /// <summary>True while <see cref="ShmEndpoints"/> counts it.</summary>
    internal bool IsCounted { get; set; }

    /// <summary>True once closed.</summary>
    internal bool IsClosed { get; private set; }

    /// <summary>
    /// Opens an endpoint on an address of this node (<paramref name="listens"/>), or one that can reach an address of another.
    /// DER_NOSYS: no provider for it; DER_BUSY: the address is taken; DER_INVAL: it is not ours.
    /// </summary>
    internal static DerResult<OfiEndpoint> Open(OfiContext context, LibFabric library, OfiAddress address, bool listens)
    {
        var endpoint = new OfiEndpoint(context, library) { Scheme = address.Scheme };
        int result = endpoint.Choose(address, listens);
        if (result == 0)
        {
            result = endpoint.OpenObjects();
        }

        if (result != 0)
        {
            endpoint.Dispose();
            return FiErrors.ToCode(result);
        }

        ShmEndpoints.Opened(endpoint);
        endpoint.MakePackets();
        endpoint.PostReceives();
        return endpoint;
    }

    /// <summary>The address of the endpoint as a URI, with the port that was chosen.</summary>
    internal TransportUri Uri(OfiAddress asked)
    {
        if (asked.IsName)
        {
            return TransportUri.Parse($"{asked.Scheme}://{asked.Service}");
        }

        int port = (_name[2] << 8) | _name[3];
        string host = asked.Node!.Contains(':', StringComparison.Ordinal) ? $"[{asked.Node}]" : asked.Node;
        return TransportUri.Parse($"{asked.Scheme}://{host}:{port}");
    }

    /// <summary>The bytes of a peer's address; a negative FI_E code when the provider cannot make any.</summary>
    internal int Resolve(OfiAddress address, Span<byte> bytes, out int lengthBytes)
    {
        lengthBytes = 0;
        fi_info* info = null;
        int result = Query(address, listens: false, &info);
        if (result != 0)
        {
            return result;
        }

        // shm tells no length for a destination: a text that ends with zero.
        int length = info->addr_format == FiFabric.FI_ADDR_STR
            ? MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)info->dest_addr).Length + 1
            : (int)info->dest_addrlen;
        result = info->dest_addr is null || length > bytes.Length ? -FiErrno.FI_EINVAL : 0;
        if (result == 0)
        {
            new ReadOnlySpan<byte>(info->dest_addr, length).CopyTo(bytes);
            lengthBytes = length;
        }

        _library.FreeInfo(info);
        return result;
    }

    /// <summary>Makes a peer's address known; false when the provider refuses it.</summary>
    internal bool TryAddPeer(ReadOnlySpan<byte> address, out ulong peer)
    {
        ulong added = FiDomain.FI_ADDR_NOTAVAIL;
        fixed (byte* bytes = address)
        {
            int count = _addresses->ops->insert(_addresses, bytes, 1, &added, 0, null);
            peer = added;
            if (count != 1 || added == FiDomain.FI_ADDR_NOTAVAIL)
            {
                return false;
            }
        }

        _addressUse[peer] = _addressUse.GetValueOrDefault(peer) + 1;
        return true;
    }

    /// <summary>Forgets a peer's address when its last connection did.</summary>
    internal void RemovePeer(ulong peer)
    {
        int references = _addressUse[peer] - 1;
        _addressUse[peer] = references;
        if (references == 0)
        {
            _addressUse.Remove(peer);
            _ = _addresses->ops->remove(_addresses, &peer, 1, 0);
        }
    }

    /// <summary>Registers memory: null with a negative FI_E code when it cannot be.</summary>
    internal fid_mr* Register(byte* address, long lengthBytes, ulong access, out int result)
    {
        fid_mr* region = null;
        int size = (int)Math.Min(_info->domain_attr->mr_key_size, sizeof(ulong));
        ulong mask = size == 0 ? uint.MaxValue : ulong.MaxValue >> (64 - (8 * size));
        do
        {
            ulong key = (_info->domain_attr->mr_mode & FiFabric.FI_MR_PROV_KEY) != 0 ? 0 : _random.NextUInt64() & mask;
            result = _domain->mr->reg(&_domain->fid, address, (nuint)lengthBytes, access, 0, key, 0, &region, null);
        }
        while (result == -FiErrno.FI_ENOKEY);

        if (result != 0)
        {
            return null;
        }

        if ((_info->domain_attr->mr_mode & FiFabric.FI_MR_ENDPOINT) != 0)
        {
            result = region->fid.ops->bind(&region->fid, &_endpoint->fid, 0);
            result = result == 0 ? region->fid.ops->control(&region->fid, FiFabric.FI_ENABLE, null) : result;
            if (result != 0)
            {
                _ = region->fid.ops->close(&region->fid);
                return null;
            }
        }

        _regionsOpen++;
        return region;
    }

    /// <summary>Takes a registration back.</summary>
    internal void Deregister(fid_mr* region)
    {
        _regionsOpen--;
        int result = region->fid.ops->close(&region->fid);
        Invariant.Check(result == 0);
    }

    /// <summary>True when the loop may sleep on <see cref="WaitDescriptor"/>; false when the queue must be read first.</summary>
    internal bool MayWait()
    {
        fid* queue = &_queue->fid;
        return _stuck.Count == 0 && _fabric->ops->trywait(_fabric, &queue, 1) == 0;
    }

    /// <summary>
    /// Ends all transfers: no memory of ours is touched from now on. Regions may still be given back, then <see cref="Dispose"/>.
    /// </summary>
    internal void Stop()
    {
        IsClosed = true;
        bool isShared = IsCounted && HasPeersHere;
        if (!isShared && _endpoint != null && _endpoint->fid.ops->close(&_endpoint->fid) == 0)
        {
            // With regions bound to it the endpoint refuses, and is closed after them.
            _endpoint = null;
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
        CloseObject((fid*)_endpoint);
        Registrations?.Clear();
        CloseRegion(_sendRegion);
        CloseRegion(_receiveRegion);
        CloseObject((fid*)_queue);
        CloseObject((fid*)_addresses);
        CloseObject((fid*)_domain);
        CloseObject((fid*)_fabric);
        if (_info != null)
        {
            _library.FreeInfo(_info);
        }

        _contexts?.Dispose();
    }

    private static void CloseObject(fid* handle)
    {
        if (handle != null)
        {
            _ = handle->ops->close(handle);
        }
    }

    private void CloseRegion(fid_mr* region)
    {
        if (region != null)
        {
            Deregister(region);
        }
    }

    private int Choose(OfiAddress address, bool listens)
    {
        fi_info* info = null;
        int result = Query(address, listens, &info);
        _info = info;
        return result;
    }

    // What this project can work with; the provider takes from it what it wants.
    private int Query(OfiAddress address, bool listens, fi_info** info)
    {
        fi_info* hints = _library.AllocateInfo();
        if (hints == null)
        {
            return -FiErrno.FI_ENOMEM;
        }

        hints->caps = FiFabric.FI_MSG | FiFabric.FI_RMA;
        hints->mode = FiFabric.FI_CONTEXT | FiFabric.FI_CONTEXT2;
        hints->ep_attr->type = FiFabric.FI_EP_RDM;
        hints->tx_attr->msg_order = FiFabric.FI_ORDER_SAS;
        hints->rx_attr->msg_order = FiFabric.FI_ORDER_SAS;
        hints->domain_attr->threading = FiFabric.FI_THREAD_DOMAIN;
        hints->domain_attr->data_progress = FiFabric.FI_PROGRESS_MANUAL;
        hints->domain_attr->resource_mgmt = FiFabric.FI_RM_ENABLED;
        hints->domain_attr->mr_mode =
            FiFabric.FI_MR_LOCAL | FiFabric.FI_MR_VIRT_ADDR | FiFabric.FI_MR_ALLOCATED | FiFabric.FI_MR_PROV_KEY | FiFabric.FI_MR_ENDPOINT;
        fixed (byte* provider = OfiAddress.CString(address.Provider))
        fixed (byte* node = address.Node is null ? null : OfiAddress.CString(address.Node))
        fixed (byte* port = OfiAddress.CString(address.Service))
        {
            hints->fabric_attr->prov_name = provider;
            ulong flags = (listens ? FiFabric.FI_SOURCE : 0) | (address.IsName ? 0 : FiFabric.FI_NUMERICHOST);
            int result = _library.GetInfo(node, port, flags, hints, info);
            hints->fabric_attr->prov_name = null;
            _library.FreeInfo(hints);
            return result;
        }
    }

    private int OpenObjects()
    {
        fid_fabric* fabric;
        fid_domain* domain;
        fid_av* addresses;
        fid_ep* endpoint;
        int result = _library.OpenFabric(_info->fabric_attr, &fabric);
        if (result != 0)
        {
            return result;
        }

        _fabric = fabric;
        if ((result = fabric->ops->domain(fabric, _info, &domain, null)) != 0)
        {
            return result;
        }

        _domain = domain;
        var vector = new fi_av_attr { type = _info->domain_attr->av_type, count = 64 };
        if ((result = domain->ops->av_open(domain, &vector, &addresses, null)) != 0)
        {
            return result;
        }

        _addresses = addresses;
        if ((result = OpenQueue()) != 0 || (result = domain->ops->endpoint(domain, _info, &endpoint, null)) != 0)
        {
            return result;
        }

        _endpoint = endpoint;
        fi_ops* calls = endpoint->fid.ops;
        if ((result = calls->bind(&endpoint->fid, &_addresses->fid, 0)) != 0
            || (result = calls->bind(&endpoint->fid, &_queue->fid, FiFabric.FI_SEND | FiFabric.FI_RECV)) != 0
            || (result = calls->control(&endpoint->fid, FiFabric.FI_ENABLE, null)) != 0)
        {
            return result;
        }

        result = CheckTables();
        return result == 0 ? ReadName() : result;
    }

    // A loop that polls for ever needs no wait object, which costs providers a system call per completion.
    private int OpenQueue()
    {
        fid_cq* queue;
        bool sleeps = _context.Loop.Options.SpinNs != long.MaxValue && _context.Loop.Reactor.Kind is ("uring" or "epoll");
        nuint size = (nuint)Math.Min(4096, Math.Max(1024, (long)_info->domain_attr->cq_cnt));
        var attributes = new fi_cq_attr { size = size, format = FiEq.FI_CQ_FORMAT_MSG, wait_obj = sleeps ? FiEq.FI_WAIT_FD : FiEq.FI_WAIT_NONE };
        int result = _domain->ops->cq_open(_domain, &attributes, &queue, null);
        if (result != 0 && sleeps)
        {
            sleeps = false;
            attributes.wait_obj = FiEq.FI_WAIT_NONE;
            result = _domain->ops->cq_open(_domain, &attributes, &queue, null);
        }

        if (result != 0)
        {
            return result;
        }

        _queue = queue;
        int descriptor = -1;
        if (sleeps && queue->fid.ops->control(&queue->fid, FiFabric.FI_GETWAIT, &descriptor) == 0)
        {
            WaitDescriptor = descriptor;
        }

        return 0;
    }

    // A table that is shorter than the call we make does not have it.
    private int CheckTables() =>
        _endpoint->msg->size >= (nuint)sizeof(fi_ops_msg) && _endpoint->rma->size >= (nuint)sizeof(fi_ops_rma)
        && _endpoint->cm->size >= (nuint)sizeof(fi_ops_cm) && _queue->ops->size >= (nuint)sizeof(fi_ops_cq)
        && _addresses->ops->size >= (nuint)sizeof(fi_ops_av) && _domain->mr->size >= (nuint)sizeof(fi_ops_mr)
        && _domain->ops->size >= (nuint)sizeof(fi_ops_domain) && _fabric->ops->size >= (nuint)sizeof(fi_ops_fabric) && _endpoint->fid.ops->size >= (nuint)sizeof(fi_ops)
            ? 0
            : -FiErrno.FI_ENOSYS;

    private int ReadName()
    {
        byte* name = stackalloc byte[Limits.AddressBytes];
        nuint length = Limits.AddressBytes;
        int result = _endpoint->cm->getname(&_endpoint->fid, name, &length);
        _name = result == 0 ? new ReadOnlySpan<byte>(name, (int)length).ToArray() : [];
        return result;
    }

    private void MakePackets()
    {
        InjectBytes = (int)Math.Min(_info->tx_attr->inject_size, (nuint)PacketBytes);
        _receivesWanted = (int)Math.Min(_info->rx_attr->size / 2, Limits.ReceivesPosted);
        _contexts = (_info->mode & (FiFabric.FI_CONTEXT | FiFabric.FI_CONTEXT2)) != 0 ? new NativeSlab((long)SlotCount * ContextBytes) : null;
        _sendMemory = new NativeSlab((long)Limits.SendPackets * PacketBytes);
        _receiveMemory = new NativeSlab((long)Limits.ReceivePackets * PacketBytes);
        Registrations = new RegistrationCache(this);
        if (WantsLocalRegistration)
        {
            _sendRegion = Register(_sendMemory.Address, _sendMemory.LengthBytes, FiFabric.FI_SEND, out _);
            _receiveRegion = Register(_receiveMemory.Address, _receiveMemory.LengthBytes, FiFabric.FI_RECV, out _);
            _sendDescriptor = _sendRegion == null ? null : _sendRegion->mem_desc;
            _receiveDescriptor = _receiveRegion == null ? null : _receiveRegion->mem_desc;
            _packetRegions = _regionsOpen;
        }

        for (int i = Limits.SendPackets - 1; i >= 0; i--)
        {
            _sends[i] = new SendPacket(_sendMemory.Address + ((long)i * PacketBytes), i);
            _idleSends.Push(_sends[i]);
        }

        for (int i = Limits.TransferPieces - 1; i >= 0; i--)
        {
            _idlePieces.Push(i);
        }
    }

    private void FreeWhenReturned()
    {
        if (_isDisposed && _receivesHeld == 0)
        {
            _receiveMemory?.Dispose();
            _receiveMemory = null;
        }
    }
}
