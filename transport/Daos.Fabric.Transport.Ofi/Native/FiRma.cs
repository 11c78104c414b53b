namespace Daos.Fabric.Transport.Ofi.Native;

// Mirrors of rdma/fi_rma.h.

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct iovec
{
    public void* iov_base;
    public nuint iov_len;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fi_rma_iov
{
    public ulong addr;
    public nuint len;
    public ulong key;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fi_msg_rma
{
    public iovec* msg_iov;
    public void** desc;
    public nuint iov_count;
    public ulong addr;
    public fi_rma_iov* rma_iov;
    public nuint rma_iov_count;
    public void* context;
    public ulong data;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fi_ops_rma
{
    public nuint size;

    public void* read;
    public void* readv;

    /// <summary>0 or a negative FI_E code. The description is copied; the memory it names belongs to the provider until the completion.</summary>
    public delegate* unmanaged<fid_ep*, fi_msg_rma*, ulong, nint> readmsg;
    public void* write;
    public void* writev;

    /// <summary>As <see cref="readmsg"/>.</summary>
    public delegate* unmanaged<fid_ep*, fi_msg_rma*, ulong, nint> writemsg;
}
