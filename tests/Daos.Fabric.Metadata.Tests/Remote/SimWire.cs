using Daos.Fabric.Metadata.Remote;

namespace Daos.Fabric.Metadata.Tests.Remote;

/// <summary>
/// A wire to a service in a simulated world: it loses requests and answers, and the service behind it may end and come back. What was given up may still
/// arrive. Owned by the simulator's thread.
/// </summary>
internal sealed class SimWire
{
    private const long LatencyMaxNs = 2_000_000;

    private readonly MetadataWorld _world;
    private readonly IMetadataStore _store;
    private readonly SeededRandom _random;
    private readonly List<TaskCompletionSource<DerResult<ReadOnlyMemory<byte>>>> _underWay = [];

    /// <param name="world">Where it is.</param>
    /// <param name="store">What the service serves; it outlives the service, as etcd does.</param>
    public SimWire(MetadataWorld world, IMetadataStore store)
    {
        _world = world;
        _store = store;
        _random = world.World.Random.Fork();
        Service = NewService();
    }

    public double LostRequest { get; init; }

    public double LostAnswer { get; init; }

    public double Restarts { get; init; }

    public int RestartCount { get; private set; }

    public MetadataService Service { get; private set; }

    public Task<DerResult<ReadOnlyMemory<byte>>> CarryAsync(MetadataMethod method, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        var done = new TaskCompletionSource<DerResult<ReadOnlyMemory<byte>>>();
        if (_random.Chance(Restarts))
        {
            Restart();
        }

        if (_random.Chance(LostRequest))
        {
            After(() => done.TrySetResult(_random.Chance(0.5) ? DerCode.Unreachable : DerCode.NoReply));
            return done.Task;
        }

        _underWay.Add(done);
        cancel.Register(() => done.TrySetResult(DerCode.NoReply));
        After(() => _ = ServeAsync(method, body, done));
        return done.Task;
    }

    /// <summary>The service ends, nobody hears of what is under way, and another one begins.</summary>
    public void Restart()
    {
        RestartCount++;
        MetadataService former = Service;
        Service = NewService();
        _ = former.DisposeAsync();
        TaskCompletionSource<DerResult<ReadOnlyMemory<byte>>>[] lost = [.. _underWay];
        _underWay.Clear();
        After(() => Array.ForEach(lost, static l => l.TrySetResult(DerCode.NoReply)));
    }

    private MetadataService NewService() => new(_store, SimDelay.On(_world.World, _world.Loop));

    private async Task ServeAsync(MetadataMethod method, ReadOnlyMemory<byte> body, TaskCompletionSource<DerResult<ReadOnlyMemory<byte>>> done)
    {
        DerResult<ReadOnlyMemory<byte>> reply = await Service.HandleAsync(method, body, default).ConfigureAwait(false);
        bool isLost = _random.Chance(LostAnswer);
        After(() =>
        {
            _underWay.Remove(done);
            done.TrySetResult(isLost ? DerCode.NoReply : reply);
        });
    }

    private void After(Action action) => _world.World.After(1 + _random.Next(LatencyMaxNs), () => SimTurn.Post(_world.Loop, action));
}
