using System.Net.Sockets;

namespace Daos.Fabric.Rpc.Tests.Wire;

/// <summary>
/// Clients that ask and never read: every second one for echoes that fill its stream, the others for bulk into their memory. They send as
/// much as is taken from them, as long as their connection lasts. Owned by the test's thread.
/// </summary>
internal sealed class SlowConsumers : IDisposable
{
    private const int EchoesEach = 8;
    private const int EchoBytes = 60_000;
    private const int PushesEach = 2;
    private const int PushBytes = 1 << 20;

    private readonly List<(Socket Socket, byte[] Stream)> _clients = [];
    private readonly List<int> _sent = [];

    internal SlowConsumers(string path, int count, ulong seed)
    {
        var frames = new MalformedFrames(new SeededRandom(seed));
        byte[] echoes = StreamOf(EchoesEach, id => RawPeer.Request(SelfTestOpcodes.Echo, id, new byte[EchoBytes], deadlineMs: 0));
        byte[] push = new byte[SelfTestBulk.SizeBytes];
        new SelfTestBulk(new RemoteMemory(1, PushBytes, MemoryAccess.RemoteWrite), 0, 0, PushBytes, false).Write(push);
        byte[] pushes = StreamOf(PushesEach, id => RawPeer.Request(SelfTestOpcodes.Push, id, push, deadlineMs: 0));
        for (int i = 0; i < count; i++)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(path));
            socket.Send(frames.Hello());
            socket.Blocking = false;
            _clients.Add((socket, i % 2 == 0 ? echoes : pushes));
            _sent.Add(0);
        }
    }

    /// <summary>Sends what is taken; true while there was anything.</summary>
    internal bool Send()
    {
        bool any = false;
        for (int i = 0; i < _clients.Count; i++)
        {
            (Socket socket, byte[] stream) = _clients[i];
            int sent = socket.Send(stream.AsSpan(_sent[i]), SocketFlags.None, out SocketError error);
            int taken = error == SocketError.Success ? sent : 0;
            any |= taken > 0;
            _sent[i] += taken;
        }

        return any;
    }

    /// <summary>Clients whose connection the server ended, now that they look.</summary>
    internal int CountEnded()
    {
        byte[] drain = new byte[1 << 16];
        return _clients.Count(client => IsEnded(client.Socket, drain));
    }

    public void Dispose() => _clients.ForEach(static c => c.Socket.Dispose());

    private static byte[] StreamOf(int count, Func<ulong, byte[]> request) =>
        [.. Enumerable.Range(1, count).SelectMany(id => MalformedFrames.Frame(MalformedFrames.MessageKind, request((ulong)id)))];

    private static bool IsEnded(Socket socket, byte[] drain)
    {
        while (true)
        {
            int received = socket.Receive(drain, SocketFlags.None, out SocketError error);
            if (error != SocketError.Success || received == 0)
            {
                return error is SocketError.Success or SocketError.ConnectionReset;
            }
        }
    }
}
