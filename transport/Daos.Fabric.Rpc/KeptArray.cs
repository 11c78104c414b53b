using System.Numerics;

namespace Daos.Fabric.Rpc;

/// <summary>Arrays that a pooled object keeps for its next use. Owned by that object.</summary>
internal static class KeptArray
{
    private const int CountMin = 16;

    /// <summary>Makes room for so many elements; what is there stays.</summary>
    internal static void Reserve<T>(ref T[] room, int count)
    {
        if (room.Length < count)
        {
            Array.Resize(ref room, (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(count, CountMin)));
        }
    }
}
