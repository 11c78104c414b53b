using Daos.Fabric.Rpc.Swim;

namespace Daos.Fabric.Simulation.Tests.Swim;

/// <summary>One rank of a <see cref="SwimWorld"/>: its protocol, and what it was told about the others.</summary>
internal sealed class SwimNode : ISwimHost
{
    private readonly SwimWorld _world;

    internal SwimNode(SwimWorld world, SimulatedNode machine, int rank, int ranks, SwimOptions options, SeededRandom random)
    {
        _world = world;
        Machine = machine;
        Rank = rank;
        Views = new SwimStatus[ranks];
        Protocol = new SwimProtocol(new Rank((uint)rank), 1, options, random, this, world.NowNs);
    }

    internal SimulatedNode Machine { get; }

    internal int Rank { get; }

    internal SwimProtocol Protocol { get; }

    /// <summary>By rank: what <see cref="StatusChanged"/> said last.</summary>
    internal SwimStatus[] Views { get; }

    internal bool IsAlive { get; set; } = true;

    /// <summary>Neither timers nor messages are served before this time: a process that was stopped and goes on.</summary>
    internal long StoppedUntilNs { get; set; }

    public void Send(Rank to, in SwimMessage message) => _world.Transmit(this, (int)to.Value, message);

    public ulong NewIncarnation(ulong above) => _world.Refutes ? above + 1 : Protocol.Incarnation;

    public void StatusChanged(in SwimUpdate now, SwimStatus before)
    {
        Assert.Equal(Views[now.Rank.Value], before);
        Views[now.Rank.Value] = now.Status;
        _world.Changed(this, (int)now.Rank.Value, now.Status);
    }
}
