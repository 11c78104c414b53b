using System.Net;
using System.Net.Sockets;

namespace Daos.Fabric.TestKit.Faults;

/// <summary>
/// Stands between clients and a server on tcp or unix sockets and does to their streams what a <see cref="FaultPlan"/> says. The faults of
/// the n-th connection follow from the seed. Any thread.
/// </summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Socket _listener;
    private readonly EndPoint _target;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<FaultLink> _links = [];
    private readonly long[] _counts = new long[Enum.GetValues<StreamFault>().Length];
    private readonly Task _accepting;
    private readonly SeededRandom _random;
    private volatile FaultPlan _plan;
    private volatile bool _isHeld;

    private FaultProxy(Socket listener, EndPoint target, FaultPlan plan, ulong seed)
    {
        _listener = listener;
        _target = target;
        _plan = plan;
        _random = new SeededRandom(seed);
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Where clients connect, as a transport address.</summary>
    public TransportUri Address { get; private init; } = null!;

    /// <summary>For connections made from now on.</summary>
    public FaultPlan Plan
    {
        get => _plan;
        set => _plan = value;
    }

    /// <summary>Connections carried so far.</summary>
    public int Connections { get; private set; }

    /// <summary>Connections carried now.</summary>
    public int Open
    {
        get
        {
            lock (_lock)
            {
                return _links.Count;
            }
        }
    }

    /// <summary>How often a fault happened so far, in connections that ended and in those that go on.</summary>
    public long CountOf(StreamFault fault)
    {
        lock (_lock)
        {
            return _counts[(int)fault] + _links.Sum(link => link.CountOf(fault));
        }
    }

    /// <summary>Starts between a server and whoever connects to <see cref="Address"/>.</summary>
    /// <param name="target">The server: a tcp or unix address.</param>
    /// <param name="plan">What to do.</param>
    /// <param name="seed">Where.</param>
    /// <param name="unixPath">Where to listen when the target is a unix socket; tcp takes a free port of 127.0.0.1.</param>
    public static FaultProxy Start(TransportUri target, FaultPlan plan, ulong seed, string? unixPath = null)
    {
        Daos.Fabric.Reactor.SocketAddress address = target.ToSocketAddress().Value;
        EndPoint to = address.IsUnix ? new UnixDomainSocketEndPoint(address.Path!) : new IPEndPoint(address.Address!, address.Port);
        Socket listener = address.IsUnix
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(address.IsUnix ? new UnixDomainSocketEndPoint(unixPath!) : new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(256);
        string own = address.IsUnix ? $"unix://{unixPath}" : $"tcp://{listener.LocalEndPoint}";
        return new FaultProxy(listener, to, plan, seed) { Address = TransportUri.Parse(own) };
    }

    /// <summary>Holds every byte until <see cref="Release"/>, also of connections to come.</summary>
    public void Hold()
    {
        _isHeld = true;
        ForEach(link => link.Hold());
    }

    /// <summary>Lets held bytes go on.</summary>
    public void Release()
    {
        _isHeld = false;
        ForEach(link => link.Release());
    }

    /// <summary>Resets every connection that is open.</summary>
    public void ResetAll() => ForEach(link => link.Reset());

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        Task[] ending;
        lock (_lock)
        {
            ending = [.. _links.Select(link => link.Ended)];
        }

        ForEach(link => link.Reset());
        await Task.WhenAll(ending).ConfigureAwait(false);
        _stop.Dispose();
    }

    private void ForEach(Action<FaultLink> action)
    {
        FaultLink[] links;
        lock (_lock)
        {
            links = [.. _links];
        }

        Array.ForEach(links, action);
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Socket near;
            try
            {
                near = await _listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }

            var far = new Socket(_target.AddressFamily, SocketType.Stream, _target is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
            try
            {
                await far.ConnectAsync(_target, _stop.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException)
            {
                near.Close(0);
                far.Dispose();
                continue;
            }

            Carry(near, far);
        }
    }

    private void Carry(Socket near, Socket far)
    {
        FaultPlan plan = _plan;
        var link = new FaultLink(near, far, plan, _random.NextUInt64(), _random.NextUInt64());
        lock (_lock)
        {
            Connections++;
            _links.Add(link);
        }

        if (_isHeld)
        {
            link.Hold();
        }

        link.Start(() => Forget(link));
    }

    private void Forget(FaultLink link)
    {
        lock (_lock)
        {
            _links.Remove(link);
            foreach (StreamFault fault in Enum.GetValues<StreamFault>())
            {
                _counts[(int)fault] += link.CountOf(fault);
            }
        }
    }
}
