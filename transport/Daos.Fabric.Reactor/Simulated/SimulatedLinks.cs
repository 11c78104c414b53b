namespace Daos.Fabric.Reactor.Simulated;

/// <summary>
/// Which machine can be heard by which other: one way or both ways, cut and healed at any time. Streams and messages of one world look
/// here, so that one partition holds for both. Owned by the simulator's thread.
/// </summary>
public sealed class SimulatedLinks
{
    private readonly Dictionary<(int From, int To), long> _cutSinceNs = [];
    private readonly SimulatedWorld _world;

    internal SimulatedLinks(SimulatedWorld world) => _world = world;

    /// <summary>Directions that are cut now.</summary>
    public int CutCount => _cutSinceNs.Count;

    /// <summary>Nothing that the first sends reaches the second, until it is healed.</summary>
    public void Cut(SimulatedNode from, SimulatedNode to)
    {
        if (from != to)
        {
            _cutSinceNs.TryAdd((from.Index, to.Index), _world.NowNs);
        }
    }

    /// <summary>Ends a cut in one direction.</summary>
    public void Heal(SimulatedNode from, SimulatedNode to) => _cutSinceNs.Remove((from.Index, to.Index));

    /// <summary>Ends all cuts.</summary>
    public void HealAll() => _cutSinceNs.Clear();

    /// <summary>True while nothing passes in this direction.</summary>
    public bool IsCut(SimulatedNode from, SimulatedNode to) => _cutSinceNs.ContainsKey((from.Index, to.Index));

    /// <summary>True when nothing passed in this direction since that time.</summary>
    internal bool WasCutSince(SimulatedNode from, SimulatedNode to, long sinceNs) =>
        _cutSinceNs.TryGetValue((from.Index, to.Index), out long cutNs) && cutNs <= sinceNs;
}
