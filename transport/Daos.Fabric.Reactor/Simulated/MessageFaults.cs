using Daos.Fabric.Core.Randomness;

namespace Daos.Fabric.Reactor.Simulated;

/// <summary>
/// What may happen to a single message on its way, as on a network without streams: it is lost, comes twice, or is overtaken. May be
/// changed at any time; times are ns, chances 0 to 1. Owned by one owner thread.
/// </summary>
public sealed class MessageFaults
{
    /// <summary>Chance that a message never comes.</summary>
    public double LossChance { get; set; }

    /// <summary>Chance that a message comes twice; the second time up to <see cref="HeldMaxNs"/> later.</summary>
    public double DuplicateChance { get; set; }

    /// <summary>Chance that a message is held back for up to <see cref="HeldMaxNs"/>, so that later ones overtake it.</summary>
    public double ReorderChance { get; set; }

    /// <summary>How long a message or its double is held back at most.</summary>
    public long HeldMaxNs { get; set; } = 5_000_000;

    /// <summary>Messages lost so far.</summary>
    public long Lost { get; private set; }

    /// <summary>Messages that came twice so far.</summary>
    public long Duplicated { get; private set; }

    /// <summary>Messages held back so far.</summary>
    public long Reordered { get; private set; }

    /// <summary>No faults from now on; the counts stay.</summary>
    public void Stop() => (LossChance, DuplicateChance, ReorderChance) = (0, 0, 0);

    /// <summary>Decides what becomes of one message. Three draws each time, so that one chance does not move the others' sequence.</summary>
    public MessageFate Draw(SeededRandom random)
    {
        bool lost = random.Chance(LossChance);
        bool twice = random.Chance(DuplicateChance);
        bool held = random.Chance(ReorderChance);
        if (lost)
        {
            Lost++;
            return new MessageFate(IsLost: true, 0, -1);
        }

        Duplicated += twice ? 1 : 0;
        Reordered += held ? 1 : 0;
        return new MessageFate(IsLost: false, held ? 1 + random.Next(HeldMaxNs) : 0, twice ? 1 + random.Next(HeldMaxNs) : -1);
    }
}
