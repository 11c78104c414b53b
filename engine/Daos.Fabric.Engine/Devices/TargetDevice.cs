using Daos.Fabric.Store.Media;
using Daos.Fabric.Xstreams.Waiting;

namespace Daos.Fabric.Engine.Devices;

/// <summary>
/// The devices of one target as the target sees them: counts errors of each, stops serving at once when one had too many, and lets the system
/// xstream, which waits for it, do the rest. Owned by the target's xstream.
/// </summary>
internal sealed class TargetDevice(EngineXstream target)
{
    private readonly Eventual<DerCode> _event = new(target.Xstream);
    private readonly List<DevicePart> _parts = [];
    private DevicePart? _newest;
    private bool _isEnded;

    /// <summary>False from the moment on in which one of the devices failed: requests are refused with DER_NVME_IO.</summary>
    public bool IsServing { get; private set; } = true;

    /// <summary>The device of a tier.</summary>
    public DevicePart PartOf(int tier) => _parts.First(p => p.Tier == tier);

    /// <summary>Counts for the device that has a role.</summary>
    public DeviceHealth HealthOf(DeviceRoles role) => _parts.First(p => (p.Roles & role) != 0).Health;

    /// <summary>A device is in place, perhaps one that does not serve. No shard is open.</summary>
    /// <param name="part">How it is seen from now on.</param>
    /// <param name="serves">Requests may come.</param>
    public void Attach(DevicePart part, bool serves)
    {
        part.Health.OnError = () => Judge(part);
        part.IsServing = serves;
        _newest = _newest?.Tier == part.Tier ? null : _newest;
        _parts.RemoveAll(p => p.Tier == part.Tier);
        _parts.Add(part);
        Count();
    }

    /// <summary>What was laid out on the device of a tier may be used now.</summary>
    public void Serve(int tier)
    {
        PartOf(tier).IsServing = true;
        Count();
    }

    /// <summary>No request from now on; the system knows why.</summary>
    public void StopServing(int tier)
    {
        PartOf(tier).IsServing = false;
        Count();
    }

    /// <summary>
    /// A device could not even be opened, or too many of its values were found corrupted: faulty, unless an operator is to decide about that.
    /// True when it is.
    /// </summary>
    /// <param name="why">For the log.</param>
    /// <param name="role">Which one; none for the one that had the newest error.</param>
    public bool TryFail(string why, DeviceRoles role = DeviceRoles.None)
    {
        if (!target.Engine.Options.AutoFaulty.Enable)
        {
            return false;
        }

        Fail(role == DeviceRoles.None && _newest is { } newest
            ? newest
            : _parts.First(p => (p.Roles & (role == DeviceRoles.None ? DeviceRoles.Meta : role)) != 0), why);
        return true;
    }

    /// <summary>
    /// A shard stopped, because a write or flush that it needs failed: as in DAOS that is no matter of a limit. The device that met it is faulty, unless
    /// an operator is to decide about that.
    /// </summary>
    public void NoteStopped()
    {
        if (IsServing)
        {
            _ = TryFail("a write or flush failed that a shard cannot do without");
        }
    }

    /// <summary>
    /// Waits until there is news of a device (<see cref="TakeNews"/>): success; or the engine stops: DER_SHUTDOWN. One waiter.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> WaitForNewsAsync()
    {
        if (_isEnded)
        {
            return DerCode.Shutdown;
        }

        DerCode code = await _event.WaitAsync();
        _event.Reset();
        return code;
    }

    /// <summary>The devices that failed, with why, and those that had errors, without, since the last call.</summary>
    public IReadOnlyList<(Guid Id, string Why)> TakeNews()
    {
        DevicePart[] news = [.. _parts.Where(static p => p.IsNews)];
        Array.ForEach(news, static p => p.IsNews = false);
        return [.. news.Select(static p => (p.Id, p.FaultReason))];
    }

    /// <summary>Ends the waiting for ever.</summary>
    public void EndWatch()
    {
        _isEnded = true;
        if (!_event.IsSet)
        {
            _event.Set(DerCode.Shutdown);
        }
    }

    private void Judge(DevicePart part)
    {
        _newest = part;
        if (part.IsServing && target.Engine.Options.AutoFaulty.IsMetBy(part.Errors))
        {
            Fail(part, "its limit of errors was passed");
        }
        else if (part is { IsServing: true, IsShared: true })
        {
            Tell(part);
        }
    }

    private void Fail(DevicePart part, string why)
    {
        part.IsServing = false;
        part.FaultReason = why;
        Count();
        Tell(part);
    }

    private void Tell(DevicePart part)
    {
        part.IsNews = true;
        if (!_event.IsSet)
        {
            _event.Set(DerCode.Success);
        }
    }

    private void Count() => IsServing = _parts.TrueForAll(static p => p.IsServing);
}
