namespace Daos.Fabric.Protocol.Placement;

/// <summary>
/// Where a dkey of an object lives: the object id chooses where the object's groups begin, the dkey's hash chooses the group. Pure; the
/// same on client and engine.
/// </summary>
public static class ObjectPlacement
{
    /// <summary>Redundancy groups that an object has in a pool of this many targets.</summary>
    public static int GroupsOf(ObjectId objectId, int targets) => objectId.Groups switch
    {
        ObjectId.GroupsMax => targets,
        0 => 1,
        ushort groups => Math.Min(groups, targets),
    };

    /// <summary>The target of a dkey.</summary>
    /// <param name="objectId">The object.</param>
    /// <param name="dkeyHash">From <see cref="DkeyHash.Compute"/>.</param>
    /// <param name="targets">Targets of the pool, at least 1.</param>
    public static int TargetOf(ObjectId objectId, ulong dkeyHash, int targets)
    {
        if (targets == 1)
        {
            return 0;
        }

        int group = JumpHash.Bucket(dkeyHash, GroupsOf(objectId, targets));
        return TargetOfGroup(objectId, group, targets);
    }

    /// <summary>The target of a group; different groups of one object lie on different targets.</summary>
    public static int TargetOfGroup(ObjectId objectId, int group, int targets)
    {
        int first = JumpHash.Bucket(Mix(objectId), targets);
        return (first + group) % targets;
    }

    private static ulong Mix(ObjectId objectId)
    {
        // Type and class bits take no part: what an object is must not decide where it lies.
        ulong key = unchecked(objectId.Low + (ulong.RotateLeft(objectId.High & 0xFFFF_FFFF, 32) * 0x9E3779B97F4A7C15));
        key = unchecked((key ^ (key >> 30)) * 0xBF58476D1CE4E5B9);
        key = unchecked((key ^ (key >> 27)) * 0x94D049BB133111EB);
        return key ^ (key >> 31);
    }
}
