namespace Daos.Fabric.Protocol.Control;

/// <summary>A rank as one engine sees it. A value.</summary>
/// <param name="Rank">The rank.</param>
/// <param name="Status">0 alive, 1 suspect, 2 dead, 3 not heard yet, 255 not watched (an engine that is alone watches nobody).</param>
/// <param name="Incarnation">Which of its lives.</param>
public readonly record struct MemberState(Rank Rank, byte Status, ulong Incarnation)
{
    /// <summary>Status of a rank that nobody watches.</summary>
    public const byte NotWatched = 255;

    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 16;
}
