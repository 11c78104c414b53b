using Daos.Fabric.Rpc.Collectives;
using Daos.Fabric.Rpc.Groups;
using Daos.Fabric.Rpc.Requests;

namespace Daos.Fabric.Rpc.Incast;

/// <summary>
/// Variables that the ranks of a group share (CART: IV namespace). A fetch climbs the key's tree until a callback has the value, and fills
/// those below on its way back; an update climbs to the root, which tells the others. What fails because the group changed, or because a
/// rank on the way is gone, is tried again at the next version until the deadline. Owned by the service's loop.
/// </summary>
public sealed partial class IncastNamespace : IDisposable
{
    private readonly Dictionary<uint, IIncastClass> _classes = [];
    private readonly Dictionary<IncastKey, IncastWaiters> _fetches = [];
    private readonly Stack<IncastWaiters> _idleWaiters = new();
    private readonly IncastWaiters _changed = new();
    private readonly ReplyRoom _unread = new();
    private readonly IncastService _service;
    private readonly TreeTopology _topology;
    private readonly ushort _tag;
    private readonly MembershipSubscription _subscription;
    private (uint Own, uint Primary) _version;
    private bool _disposed;

    internal IncastNamespace(IncastService service, uint id, uint groupId, TreeTopology topology, ushort tag, IReadOnlyList<IIncastClass> classes)
    {
        _service = service;
        _topology = topology;
        _tag = tag;
        Id = id;
        GroupId = groupId;
        foreach (IIncastClass kind in classes)
        {
            _classes.Add(kind.Id, kind);
        }

        _syncAll = new CollectiveCall(IncastOpcodes.Sync) { GroupId = groupId, Topology = topology, Tag = tag };
        _syncOthers = _syncAll with { Filter = [service.Group.Self] };
        _version = VersionOf(service.Group.RanksOf(groupId));
        _subscription = service.Group.Subscribe(Loop, _ => FollowGroup());
    }

    /// <summary>Its number.</summary>
    public uint Id { get; }

    /// <summary>Whose ranks share it.</summary>
    public uint GroupId { get; }

    /// <summary>Running totals.</summary>
    public IncastStatistics Statistics { get; } = new();

    private OwnerLoop Loop => _service.Context.Loop;

    /// <summary>
    /// Fetches a value. DER_NONEXIST (nobody has it, or no such class), DER_OOG (this rank or the root is not in the group), DER_INVAL
    /// (key too long), DER_AGAIN, DER_SHUTDOWN; DER_GRPVER, DER_UNREACH or DER_TIMEDOUT when it could not be done before the deadline; or
    /// what a callback returned.
    /// </summary>
    /// <param name="kind">The class.</param>
    /// <param name="key">The caller's until the task ends.</param>
    /// <param name="version">At least this one, <see cref="IncastValue.Any"/> or <see cref="IncastValue.Latest"/>.</param>
    /// <param name="shortcut">Which way.</param>
    /// <param name="deadlineNs">On the loop's monotonic clock; 0 for <see cref="RpcOptions.CallTimeoutNs"/> from now.</param>
    /// <param name="room">
    /// Takes a value that comes from another rank, and belongs to the namespace until the task ends; null to allocate one. A value that this
    /// rank's class has lies where the class keeps it.
    /// </param>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerResult<IncastValue>> FetchAsync(
        uint kind,
        ReadOnlyMemory<byte> key,
        uint version = IncastValue.Any,
        IncastShortcut shortcut = IncastShortcut.None,
        long deadlineNs = 0,
        ReplyRoom? room = null)
    {
        Loop.Assert();
        if (key.Length > IncastLimits.KeyBytesMax)
        {
            return DerCode.Invalid;
        }

        room ??= new ReplyRoom();
        long endNs = EndNs(deadlineNs);
        for (long waitNs = IncastLimits.RetryMinNs; ; waitNs = Math.Min(2 * waitNs, IncastLimits.RetryMaxNs))
        {
            IncastMessage message = Compose(kind, key, null, version, IncastSync.None, shortcut);
            DerResult<IncastValue> result = await FetchOnceAsync(message, room, AttemptEndNs(endNs));
            if (result.IsSuccess || !await MayRetryAsync(result.Code, waitNs, endNs))
            {
                return result;
            }
        }
    }

    /// <summary>
    /// Updates a value; codes as for <see cref="FetchAsync"/>, besides DER_INVAL for a synchronisation that does not exist, and
    /// DER_CORPC_INCOMPLETE when an eager one did not reach everybody. The result is what the root returned when the update is
    /// bidirectional, else empty.
    /// </summary>
    /// <param name="kind">The class.</param>
    /// <param name="key">The caller's until the task ends.</param>
    /// <param name="value">The value with its version; the caller's until the task ends.</param>
    /// <param name="sync">How the others learn of it.</param>
    /// <param name="shortcut">Which way.</param>
    /// <param name="deadlineNs">On the loop's monotonic clock; 0 for <see cref="RpcOptions.CallTimeoutNs"/> from now.</param>
    /// <param name="room">For what comes back, as for <see cref="FetchAsync"/>; only a bidirectional update needs it.</param>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerResult<IncastValue>> UpdateAsync(
        uint kind,
        ReadOnlyMemory<byte> key,
        IncastValue value,
        IncastSync sync = default,
        IncastShortcut shortcut = IncastShortcut.None,
        long deadlineNs = 0,
        ReplyRoom? room = null)
    {
        Loop.Assert();
        if (key.Length > IncastLimits.KeyBytesMax || value.Bytes.Length > IncastLimits.ValueBytesMax || !sync.IsValid)
        {
            return DerCode.Invalid;
        }

        room ??= sync.IsBidirectional ? new ReplyRoom() : _unread;
        long endNs = EndNs(deadlineNs);
        for (long waitNs = IncastLimits.RetryMinNs; ; waitNs = Math.Min(2 * waitNs, IncastLimits.RetryMaxNs))
        {
            IncastMessage message = Compose(kind, key, value, value.Version, sync, shortcut);
            DerResult<IncastValue> result = await UpdateOnceAsync(message, room, AttemptEndNs(endNs));
            if (result.IsSuccess || !await MayRetryAsync(result.Code, waitNs, endNs))
            {
                return result;
            }
        }
    }

    /// <summary>Tells every rank, this one included, that what it keeps of a variable is old. Codes as for an eager update.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> InvalidateAsync(uint kind, ReadOnlyMemory<byte> key, long deadlineNs = 0)
    {
        Loop.Assert();
        if (key.Length > IncastLimits.KeyBytesMax)
        {
            return DerCode.Invalid;
        }

        if (!_classes.ContainsKey(kind))
        {
            return DerCode.Nonexist;
        }

        IncastWork work = _service.RentWork();
        work.Write(Compose(kind, key, null, 0, IncastSync.None, IncastShortcut.None));
        DerCode code = await SyncUntilAsync(_syncAll, work.Message, EndNs(deadlineNs));
        _service.ReturnWork(work);
        return code;
    }

    /// <summary>Forgets the namespace at this rank: operations that wait end with DER_SHUTDOWN, peers hear DER_NONEXIST.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _service.Remove(this);
            _subscription.Dispose();
            _changed.Release(DerCode.Shutdown);
        }
    }

    private static (uint Own, uint Primary) VersionOf(GroupRanks? ranks) => ranks is null ? (0, 0) : (ranks.Version, ranks.PrimaryVersion);

    // A rank on the way may have been excluded, or know a version that we do not know yet.
    private static bool IsRetriable(DerCode code) =>
        code == DerCode.GroupVersion || code == DerCode.Unreachable || code == DerCode.TimedOut || code == DerCode.CorpcIncomplete;

    private long EndNs(long deadlineNs) => deadlineNs == 0 ? _service.Context.ArrivalNs() + _service.Context.Options.CallTimeoutNs : deadlineNs;

    // One attempt may not use up the time for the next: a rank without power does not even refuse.
    private long AttemptEndNs(long endNs) => _service.Context.ArrivalNs() + Math.Max(1, (endNs - _service.Context.ArrivalNs()) / 4);

    private IncastMessage Compose(uint kind, ReadOnlyMemory<byte> key, IncastValue? value, uint version, IncastSync sync, IncastShortcut shortcut)
    {
        (uint own, uint primary) = VersionOf(_service.Group.RanksOf(GroupId));
        return new IncastMessage(Id, kind, own, primary, key, value, version, sync, shortcut);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<bool> MayRetryAsync(DerCode code, long waitNs, long endNs)
    {
        if (!IsRetriable(code) || _disposed || _service.Context.ArrivalNs() >= endNs)
        {
            return false;
        }

        Statistics.Retries++;
        await _changed.WaitAsync(Loop, Math.Min(endNs, _service.Context.ArrivalNs() + waitNs));
        return !_disposed && _service.Context.ArrivalNs() < endNs;
    }

    private void FollowGroup()
    {
        (uint, uint) version = VersionOf(_service.Group.RanksOf(GroupId));
        if (version == _version)
        {
            return;
        }

        _version = version;
        foreach (IIncastClass kind in _classes.Values)
        {
            if ((kind.Features & IncastFeatures.DiscardCache) != 0)
            {
                kind.Discard();
            }
        }

        _changed.Release(DerCode.Success);
    }
}
