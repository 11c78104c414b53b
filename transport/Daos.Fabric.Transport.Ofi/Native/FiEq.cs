namespace Daos.Fabric.Transport.Ofi.Native;

// Mirrors of rdma/fi_eq.h.

/// <summary>Constants of rdma/fi_eq.h. Any thread.</summary>
internal static class FiEq
{
    internal const int FI_CQ_FORMAT_MSG = 2;
    internal const int FI_WAIT_NONE = 0;
    internal const int FI_WAIT_FD = 3;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fi_cq_msg_entry
{
    public void* op_context;
    public ulong flags;
    public nuint len;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fi_cq_err_entry
{
    public void* op_context;
    public ulong flags;
    public nuint len;
    public void* buf;
    public ulong data;
    public ulong tag;
    public nuint olen;
    public int err;
    public int prov_errno;
    public void* err_data;
    public nuint err_data_size;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fi_cq_attr
{
    public nuint size;
    public ulong flags;
    public int format;
    public int wait_obj;
    public int signaling_vector;
    public int wait_cond;
    public void* wait_set;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fi_ops_cq
{
    public nuint size;

    /// <summary>Returns the number of entries, -FI_EAGAIN when there is none, -FI_EAVAIL when readerr has one.</summary>
    public delegate* unmanaged<fid_cq*, void*, nuint, nint> read;
    public void* readfrom;
    public delegate* unmanaged<fid_cq*, fi_cq_err_entry*, ulong, nint> readerr;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fid_cq
{
    public fid fid;
    public fi_ops_cq* ops;
}
