namespace Daos.Fabric.Transport.Ofi.Native;

// Mirrors of rdma/fabric.h as of ABI FABRIC_1.3 (libfabric 1.5 to 1.17 and, by its versioned symbols, everything after). C names are kept;
// a test compiles a probe against the installed headers and compares every size, offset and constant.

/// <summary>Constants of rdma/fabric.h. Any thread.</summary>
internal static class FiFabric
{
    internal const uint FI_VERSION_ASKED = (1 << 16) | 17;

    internal const ulong FI_MSG = 1UL << 1;
    internal const ulong FI_RMA = 1UL << 2;
    internal const ulong FI_READ = 1UL << 8;
    internal const ulong FI_WRITE = 1UL << 9;
    internal const ulong FI_RECV = 1UL << 10;
    internal const ulong FI_SEND = 1UL << 11;
    internal const ulong FI_REMOTE_READ = 1UL << 12;
    internal const ulong FI_REMOTE_WRITE = 1UL << 13;
    internal const ulong FI_COMPLETION = 1UL << 24;
    internal const ulong FI_DELIVERY_COMPLETE = 1UL << 28;
    internal const ulong FI_SOURCE = 1UL << 57;
    internal const ulong FI_NUMERICHOST = 1UL << 55;

    internal const ulong FI_CONTEXT = 1UL << 59;
    internal const ulong FI_CONTEXT2 = 1UL << 52;

    internal const int FI_MR_LOCAL = 1 << 2;
    internal const int FI_MR_VIRT_ADDR = 1 << 4;
    internal const int FI_MR_ALLOCATED = 1 << 5;
    internal const int FI_MR_PROV_KEY = 1 << 6;
    internal const int FI_MR_ENDPOINT = 1 << 9;

    internal const ulong FI_ORDER_SAW = 1UL << 7;
    internal const ulong FI_ORDER_SAS = 1UL << 8;
    internal const ulong FI_ORDER_RAW = 1UL << 1;

    internal const uint FI_ADDR_STR = 9;
    internal const int FI_EP_RDM = 3;
    internal const int FI_AV_MAP = 1;
    internal const int FI_AV_TABLE = 2;
    internal const int FI_PROGRESS_MANUAL = 2;
    internal const int FI_THREAD_DOMAIN = 3;
    internal const int FI_RM_ENABLED = 2;

    internal const int FI_GETWAIT = 5;
    internal const int FI_ENABLE = 6;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fi_tx_attr
{
    public ulong caps;
    public ulong mode;
    public ulong op_flags;
    public ulong msg_order;
    public ulong comp_order;
    public nuint inject_size;
    public nuint size;
    public nuint iov_limit;
    public nuint rma_iov_limit;
    public uint tclass;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fi_rx_attr
{
    public ulong caps;
    public ulong mode;
    public ulong op_flags;
    public ulong msg_order;
    public ulong comp_order;
    public nuint total_buffered_recv;
    public nuint size;
    public nuint iov_limit;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fi_ep_attr
{
    public int type;
    public uint protocol;
    public uint protocol_version;
    public nuint max_msg_size;
    public nuint msg_prefix_size;
    public nuint max_order_raw_size;
    public nuint max_order_war_size;
    public nuint max_order_waw_size;
    public ulong mem_tag_format;
    public nuint tx_ctx_cnt;
    public nuint rx_ctx_cnt;
    public nuint auth_key_size;
    public byte* auth_key;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fi_domain_attr
{
    public fid_domain* domain;
    public byte* name;
    public int threading;
    public int control_progress;
    public int data_progress;
    public int resource_mgmt;
    public int av_type;
    public int mr_mode;
    public nuint mr_key_size;
    public nuint cq_data_size;
    public nuint cq_cnt;
    public nuint ep_cnt;
    public nuint tx_ctx_cnt;
    public nuint rx_ctx_cnt;
    public nuint max_ep_tx_ctx;
    public nuint max_ep_rx_ctx;
    public nuint max_ep_stx_ctx;
    public nuint max_ep_srx_ctx;
    public nuint cntr_cnt;
    public nuint mr_iov_limit;
    public ulong caps;
    public ulong mode;
    public byte* auth_key;
    public nuint auth_key_size;
    public nuint max_err_data;
    public nuint mr_cnt;
    public uint tclass;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fi_fabric_attr
{
    public fid_fabric* fabric;
    public byte* name;
    public byte* prov_name;
    public uint prov_version;
    public uint api_version;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fi_info
{
    public fi_info* next;
    public ulong caps;
    public ulong mode;
    public uint addr_format;
    public nuint src_addrlen;
    public nuint dest_addrlen;
    public void* src_addr;
    public void* dest_addr;
    public fid* handle;
    public fi_tx_attr* tx_attr;
    public fi_rx_attr* rx_attr;
    public fi_ep_attr* ep_attr;
    public fi_domain_attr* domain_attr;
    public fi_fabric_attr* fabric_attr;
    public void* nic;
}

/// <summary>Calls that every object has; each returns 0 or a negative FI_E code.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fi_ops
{
    public nuint size;
    public delegate* unmanaged<fid*, int> close;
    public delegate* unmanaged<fid*, fid*, ulong, int> bind;
    public delegate* unmanaged<fid*, int, void*, int> control;
}

/// <summary>The head of every object; the provider owns it until close.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fid
{
    public nuint fclass;
    public void* context;
    public fi_ops* ops;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fi_ops_fabric
{
    public nuint size;
    public delegate* unmanaged<fid_fabric*, fi_info*, fid_domain**, void*, int> domain;
    public void* passive_ep;
    public void* eq_open;
    public void* wait_open;

    /// <summary>0: the wait object may be waited on; -FI_EAGAIN: read the queue first.</summary>
    public delegate* unmanaged<fid_fabric*, fid**, int, int> trywait;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fid_fabric
{
    public fid fid;
    public fi_ops_fabric* ops;
    public uint api_version;
}
