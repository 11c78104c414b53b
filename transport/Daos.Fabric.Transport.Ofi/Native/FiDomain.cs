namespace Daos.Fabric.Transport.Ofi.Native;

// Mirrors of rdma/fi_domain.h.

/// <summary>Constants of rdma/fi_domain.h. Any thread.</summary>
internal static class FiDomain
{
    internal const ulong FI_ADDR_UNSPEC = ulong.MaxValue;
    internal const ulong FI_ADDR_NOTAVAIL = ulong.MaxValue;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fi_av_attr
{
    public int type;
    public int rx_ctx_bits;
    public nuint count;
    public nuint ep_per_node;
    public byte* name;
    public void* map_addr;
    public ulong flags;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fi_ops_av
{
    public nuint size;

    /// <summary>Returns how many addresses were inserted; the addresses are copied.</summary>
    public delegate* unmanaged<fid_av*, void*, nuint, ulong*, ulong, void*, int> insert;
    public delegate* unmanaged<fid_av*, byte*, byte*, ulong*, ulong, void*, int> insertsvc;
    public void* insertsym;
    public delegate* unmanaged<fid_av*, ulong*, nuint, ulong, int> remove;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fid_av
{
    public fid fid;
    public fi_ops_av* ops;
}

/// <summary>A memory region. The provider stops touching the memory when close returns, operations under way aside.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fid_mr
{
    public fid fid;
    public void* mem_desc;
    public ulong key;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fi_ops_domain
{
    public nuint size;
    public delegate* unmanaged<fid_domain*, fi_av_attr*, fid_av**, void*, int> av_open;
    public delegate* unmanaged<fid_domain*, fi_cq_attr*, fid_cq**, void*, int> cq_open;
    public delegate* unmanaged<fid_domain*, fi_info*, fid_ep**, void*, int> endpoint;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fi_ops_mr
{
    public nuint size;

    /// <summary>Arguments: domain, address, length, access, offset, requested key, flags, region, context. -FI_ENOKEY: the key is taken.</summary>
    public delegate* unmanaged<fid*, void*, nuint, ulong, ulong, ulong, ulong, fid_mr**, void*, int> reg;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fid_domain
{
    public fid fid;
    public fi_ops_domain* ops;
    public fi_ops_mr* mr;
}
