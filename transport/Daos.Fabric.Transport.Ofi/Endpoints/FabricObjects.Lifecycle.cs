using Daos.Fabric.Transport.Ofi.Native;

namespace Daos.Fabric.Transport.Ofi.Endpoints;

/// <summary>
/// What libfabric makes for one endpoint: the choice of a provider, fabric, domain, address vector, completion queue and the endpoint
/// itself. Opening blocks: start-up and first connects. Owned by its context's owner thread; closing on any thread, once.
/// </summary>
internal sealed unsafe class FabricObjects(LibFabric library)
{
    private fid_fabric* _fabric;
    private fid_domain* _domain;

    /// <summary>What the provider is like; null when none was found.</summary>
    internal fi_info* Info { get; private set; }

    internal fid_av* Addresses { get; private set; }

    internal fid_cq* Queue { get; private set; }

    internal fid_ep* Endpoint { get; private set; }

    internal fid_domain* Domain => _domain;

    /// <summary>Our address as peers need it to answer.</summary>
    internal byte[] Name { get; private set; } = [];

    /// <summary>The wait object that tells of completions, or -1 where the provider has none.</summary>
    internal int WaitDescriptor { get; private set; } = -1;

    /// <summary>Makes everything: 0 or a negative FI_E code, and then what was made is still to be closed.</summary>
    /// <param name="address">Of this node when listening, else of another.</param>
    /// <param name="listens">The endpoint is to have this address.</param>
    /// <param name="sleeps">The queue wants a wait object, if the provider has one.</param>
    internal int Open(OfiAddress address, bool listens, bool sleeps)
    {
        fi_info* info = null;
        int result = Query(address, listens, &info);
        Info = info;
        return result == 0 ? OpenObjects(sleeps) : result;
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

        library.FreeInfo(info);
        return result;
    }

    /// <summary>True when the owner may sleep on <see cref="WaitDescriptor"/>; false when the queue must be read first.</summary>
    internal bool MayWait()
    {
        fid* queue = &Queue->fid;
        return _fabric->ops->trywait(_fabric, &queue, 1) == 0;
    }

    /// <summary>Closes the endpoint alone, which ends all transfers; with regions bound to it it refuses, and is closed after them.</summary>
    internal void CloseEndpoint()
    {
        if (Endpoint != null && Endpoint->fid.ops->close(&Endpoint->fid) == 0)
        {
            Endpoint = null;
        }
    }

    /// <summary>Closes what is left, in the order of use.</summary>
    internal void CloseRest()
    {
        CloseEndpoint();
        Close((fid*)Queue);
        Close((fid*)Addresses);
        Close((fid*)_domain);
        Close((fid*)_fabric);
        if (Info != null)
        {
            library.FreeInfo(Info);
            Info = null;
        }
    }

    private static void Close(fid* handle)
    {
        if (handle != null)
        {
            _ = handle->ops->close(handle);
        }
    }

    // What this project can work with; the provider takes from it what it wants. No order of messages behind writes is asked for: shm would
    // then leave copies to the peer's thread.
    private int Query(OfiAddress address, bool listens, fi_info** info)
    {
        fi_info* hints = library.AllocateInfo();
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
            int result = library.GetInfo(node, port, flags, hints, info);
            hints->fabric_attr->prov_name = null;
            library.FreeInfo(hints);
            return result;
        }
    }

    private int OpenObjects(bool sleeps)
    {
        fid_fabric* fabric;
        fid_domain* domain;
        fid_av* addresses;
        fid_ep* endpoint;
        int result = library.OpenFabric(Info->fabric_attr, &fabric);
        if (result != 0)
        {
            return result;
        }

        _fabric = fabric;
        if ((result = fabric->ops->domain(fabric, Info, &domain, null)) != 0)
        {
            return result;
        }

        _domain = domain;
        var vector = new fi_av_attr { type = Info->domain_attr->av_type, count = 64 };
        if ((result = domain->ops->av_open(domain, &vector, &addresses, null)) != 0)
        {
            return result;
        }

        Addresses = addresses;
        if ((result = OpenQueue(sleeps)) != 0 || (result = domain->ops->endpoint(domain, Info, &endpoint, null)) != 0)
        {
            return result;
        }

        Endpoint = endpoint;
        fi_ops* calls = endpoint->fid.ops;
        if ((result = calls->bind(&endpoint->fid, &addresses->fid, 0)) != 0
            || (result = calls->bind(&endpoint->fid, &Queue->fid, FiFabric.FI_SEND | FiFabric.FI_RECV)) != 0
            || (result = calls->control(&endpoint->fid, FiFabric.FI_ENABLE, null)) != 0)
        {
            return result;
        }

        result = CheckTables();
        return result == 0 ? ReadName() : result;
    }

    // A loop that polls for ever needs no wait object, which costs providers a system call per completion.
    private int OpenQueue(bool sleeps)
    {
        fid_cq* queue;
        nuint size = (nuint)Math.Min(4096, Math.Max(1024, (long)Info->domain_attr->cq_cnt));
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

        Queue = queue;
        int descriptor = -1;
        if (sleeps && queue->fid.ops->control(&queue->fid, FiFabric.FI_GETWAIT, &descriptor) == 0)
        {
            WaitDescriptor = descriptor;
        }

        return 0;
    }

    // A table that is shorter than the call we make does not have it.
    private int CheckTables() =>
        Endpoint->msg->size >= (nuint)sizeof(fi_ops_msg) && Endpoint->rma->size >= (nuint)sizeof(fi_ops_rma)
        && Endpoint->cm->size >= (nuint)sizeof(fi_ops_cm) && Queue->ops->size >= (nuint)sizeof(fi_ops_cq)
        && Addresses->ops->size >= (nuint)sizeof(fi_ops_av) && _domain->mr->size >= (nuint)sizeof(fi_ops_mr)
        && _domain->ops->size >= (nuint)sizeof(fi_ops_domain) && _fabric->ops->size >= (nuint)sizeof(fi_ops_fabric)
        && Endpoint->fid.ops->size >= (nuint)sizeof(fi_ops)
            ? 0
            : -FiErrno.FI_ENOSYS;

    private int ReadName()
    {
        byte* name = stackalloc byte[Limits.AddressBytes];
        nuint length = Limits.AddressBytes;
        int result = Endpoint->cm->getname(&Endpoint->fid, name, &length);
        Name = result == 0 ? new ReadOnlySpan<byte>(name, (int)length).ToArray() : [];
        return result;
    }
}
