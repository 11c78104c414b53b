using System.Net.Sockets;

namespace Daos.Fabric.Protocol.Drpc.Sockets;

/// <summary>What .NET's sockets report, as codes. Pure.</summary>
internal static class DrpcErrors
{
    internal static DerCode CodeOf(SocketException exception) => exception.SocketErrorCode switch
    {
        // No such file, nobody listens, nobody is there any more, or too many wait already.
        SocketError.AddressNotAvailable or SocketError.ConnectionRefused or SocketError.ConnectionReset or SocketError.ConnectionAborted
            or SocketError.Shutdown or SocketError.NotConnected or SocketError.WouldBlock or SocketError.TryAgain => DerCode.Unreachable,
        SocketError.AccessDenied => DerCode.NoPerm,
        SocketError.OperationAborted => DerCode.Shutdown,
        SocketError.MessageSize => DerCode.Overflow,
        SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable => DerCode.NoMemory,
        SocketError.SocketNotSupported or SocketError.AddressFamilyNotSupported or SocketError.ProtocolNotSupported => DerCode.NotSupported,
        _ => DerCode.Hg,
    };
}
