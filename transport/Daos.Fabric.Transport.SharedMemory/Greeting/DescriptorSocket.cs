using Daos.Fabric.Transport.SharedMemory.Native;

namespace Daos.Fabric.Transport.SharedMemory.Greeting;

/// <summary>Small records with descriptors over a unix socket, without waiting. Owned by one owner thread.</summary>
internal static unsafe class DescriptorSocket
{
    /// <summary>Descriptors in one record at most.</summary>
    internal const int DescriptorsMax = 2;

    private const int ControlHeaderBytes = 16;
    private const int ControlBytes = 64;

    /// <summary>Sends a record whole; a negative errno when that was not possible.</summary>
    internal static int Send(int socket, void* bytes, int lengthBytes, ReadOnlySpan<int> descriptors)
    {
        byte* control = stackalloc byte[ControlBytes];
        var vector = new IoVector((byte*)bytes, (nuint)lengthBytes);
        var message = new MsgHdr { Vectors = &vector, VectorCount = 1 };
        if (descriptors.Length > 0)
        {
            // struct cmsghdr: length, level, type, then the descriptors.
            int used = ControlHeaderBytes + (descriptors.Length * sizeof(int));
            *(nuint*)control = (nuint)used;
            *(int*)(control + 8) = Socket.SOL_SOCKET;
            *(int*)(control + 12) = Socket.SCM_RIGHTS;
            descriptors.CopyTo(new Span<int>(control + ControlHeaderBytes, DescriptorsMax));
            message.Control = control;
            message.ControlLength = (nuint)((used + 7) & ~7);
        }

        nint sent = Socket.sendmsg(socket, &message, Socket.MSG_DONTWAIT | Socket.MSG_NOSIGNAL);
        return sent == lengthBytes ? lengthBytes : sent < 0 ? -Unistd.LastErrno : -Errno.InputOutput;
    }

    /// <summary>
    /// Receives up to a record: bytes, 0 when the peer closed, or a negative errno. The descriptors that came are the caller's; unused
    /// places hold -1.
    /// </summary>
    internal static int Receive(int socket, void* bytes, int lengthBytes, Span<int> descriptors)
    {
        byte* control = stackalloc byte[ControlBytes];
        var vector = new IoVector((byte*)bytes, (nuint)lengthBytes);
        var message = new MsgHdr { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = ControlBytes };
        descriptors.Fill(-1);
        nint received = Socket.recvmsg(socket, &message, Socket.MSG_DONTWAIT | Socket.MSG_CMSG_CLOEXEC);
        if (received < 0)
        {
            return -Unistd.LastErrno;
        }

        return TakeDescriptors(message, descriptors) ? (int)received : -Errno.InputOutput;
    }

    /// <summary>Closes descriptors that came and are not wanted.</summary>
    internal static void Close(ReadOnlySpan<int> descriptors)
    {
        foreach (int descriptor in descriptors)
        {
            if (descriptor >= 0)
            {
                _ = Unistd.close(descriptor);
            }
        }
    }

    /// <summary>Who is at the other end; false when the system does not say.</summary>
    internal static bool TryGetPeer(int socket, out PeerCredentials peer)
    {
        PeerCredentials credentials;
        uint length = (uint)sizeof(PeerCredentials);
        bool known = Socket.getsockopt(socket, Socket.SOL_SOCKET, Socket.SO_PEERCRED, &credentials, &length) == 0;
        peer = known ? credentials : default;
        return known;
    }

    // False when there were more than are wanted: they are closed, none leaks.
    private static bool TakeDescriptors(in MsgHdr message, Span<int> descriptors)
    {
        var control = (byte*)message.Control;
        var end = (nint)message.ControlLength;
        bool fits = (message.Flags & Socket.MSG_CTRUNC) == 0;
        int taken = 0;
        nint at = 0;
        while (at + ControlHeaderBytes <= end)
        {
            nint length = *(nint*)(control + at);
            if (length < ControlHeaderBytes || length > end - at)
            {
                break;
            }

            bool areRights = *(int*)(control + at + 8) == Socket.SOL_SOCKET && *(int*)(control + at + 12) == Socket.SCM_RIGHTS;
            for (nint i = ControlHeaderBytes; areRights && i + sizeof(int) <= length; i += sizeof(int))
            {
                int descriptor = *(int*)(control + at + i);
                if (taken < descriptors.Length)
                {
                    descriptors[taken++] = descriptor;
                }
                else
                {
                    fits = false;
                    _ = Unistd.close(descriptor);
                }
            }

            at += (length + 7) & ~7;
        }

        if (!fits)
        {
            Close(descriptors);
            descriptors.Fill(-1);
        }

        return fits;
    }
}
