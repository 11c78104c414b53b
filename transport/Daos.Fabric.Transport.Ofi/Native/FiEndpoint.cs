namespace Daos.Fabric.Transport.Ofi.Native;

// Mirrors of rdma/fi_endpoint.h and rdma/fi_cm.h. Calls that move data return 0, or -FI_EAGAIN when the queue is full or a connection
// underneath is being made: progress the completion queue and try again.

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fi_ops_msg
{
    public nuint size;

    /// <summary>Arguments: endpoint, buffer, length, descriptor, source, context. The buffer belongs to the provider until the completion.</summary>
    public delegate* unmanaged<fid_ep*, void*, nuint, void*, ulong, void*, nint> recv;
    public void* recvv;
    public void* recvmsg;

    /// <summary>Arguments: endpoint, buffer, length, descriptor, destination, context. The buffer belongs to the provider until the completion.</summary>
    public delegate* unmanaged<fid_ep*, void*, nuint, void*, ulong, void*, nint> send;
    public void* sendv;
    public void* sendmsg;

    /// <summary>Arguments: endpoint, buffer, length, destination. The buffer may be reused at once; there is no completion.</summary>
    public delegate* unmanaged<fid_ep*, void*, nuint, ulong, nint> inject;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fi_ops_cm
{
    public nuint size;
    public void* setname;
    public delegate* unmanaged<fid*, void*, nuint*, int> getname;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fid_ep
{
    public fid fid;
    public void* ops;
    public fi_ops_cm* cm;
    public fi_ops_msg* msg;
    public fi_ops_rma* rma;
    public void* tagged;
    public void* atomic;
    public void* collective;
}
