using System.Diagnostics.CodeAnalysis;
using Daos.Fabric.Core.Faults;

namespace Daos.Fabric.Transport.Streams;

/// <summary>
/// Accepts sockets on one listener until the context closes. While the system refuses more of them the reactor tries again; an operator
/// is told so now and then. Owned by the context's owner thread.
/// </summary>
/// <param name="owner">Takes the sockets.</param>
/// <param name="listener">A listening socket; closed at the end.</param>
/// <param name="scheme">Of the address that it listens on.</param>
internal sealed class StreamAcceptor(IStreamOwner owner, int listener, string scheme) : ReactorOperation
{
    private long _quietUntilNs;
    private bool _stopped;

    private Reactor.Reactor Reactor => owner.Loop.Reactor;

    internal void Start() => Reactor.Accept(listener, this);

    internal void Stop()
    {
        _stopped = true;
        if (IsActive)
        {
            Reactor.Cancel(this);
        }
        else
        {
            Reactor.Close(listener);
        }
    }

    protected override void Complete(int result, bool more)
    {
        if (result >= 0 && FaultRegistry.Fires(owner.Options.Faults, FaultPoint.AcceptFailed))
        {
            Reactor.Close(result);
            result = -Errno.TooManyOpen;
        }

        if (result >= 0)
        {
            TakeSocket(result);
        }
        else if (!_stopped)
        {
            TellRefusal(result);
        }

        if (!more && _stopped)
        {
            Reactor.Close(listener);
        }
    }

    private void TakeSocket(int socket)
    {
        if (_stopped)
        {
            Reactor.Close(socket);
            return;
        }

        if (!owner.HasRoom && MayTell(out Action<string>? notice))
        {
            notice($"a {scheme} connection was refused: {owner.Options.ConnectionsMax} are open and no more are allowed; close clients, or raise 'ulimit -n' when it is the bound.");
        }

        owner.Adopt(socket, scheme, $"{owner.Loop.Name} socket {socket}", connect: null);
    }

    private void TellRefusal(int result)
    {
        if (MayTell(out Action<string>? notice))
        {
            bool descriptors = result is -Errno.TooManyOpen or -Errno.TooManyFiles;
            string why = descriptors ? "no file descriptors are left; close clients or raise 'ulimit -n'" : $"the system refuses them (errno {-result})";
            notice($"new {scheme} connections wait to be accepted: {why}.");
        }
    }

    private bool MayTell([NotNullWhen(true)] out Action<string>? notice)
    {
        notice = owner.Loop.NowNs >= _quietUntilNs ? owner.Options.Notice : null;
        if (notice is null)
        {
            return false;
        }

        _quietUntilNs = owner.Loop.NowNs + Limits.NoticeIntervalNs;
        return true;
    }
}
