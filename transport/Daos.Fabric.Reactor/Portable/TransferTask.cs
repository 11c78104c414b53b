using System.Net.Sockets;

namespace Daos.Fabric.Reactor.Portable;

/// <summary>Receives once, or waits for room to send by sending one byte. Owned by the reactor's thread.</summary>
internal sealed unsafe class TransferTask(PortableReactor reactor, Socket socket, bool isSend) : SocketTask(reactor)
{
    private readonly NativeView _view = new();
    private ValueTask<int> _task;
    private byte* _address;
    private int _lengthBytes;

    internal bool Start(ulong tag, byte* address, int lengthBytes)
    {
        _address = address;
        _lengthBytes = lengthBytes;
        return Begin(tag);
    }

    public override void Dispose()
    {
        base.Dispose();
        ((IDisposable)_view).Dispose();
    }

    protected override bool Call(Action arrive, CancellationToken cancellation)
    {
        Memory<byte> memory = _view.Show(_address, _lengthBytes);
        _task = isSend ? socket.SendAsync(memory, cancellation) : socket.ReceiveAsync(memory, cancellation);
        if (_task.IsCompleted)
        {
            return true;
        }

        _task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(arrive);
        return false;
    }

    protected override int End() => _task.GetAwaiter().GetResult();
}
