using Daos.Fabric.Client.Errors;
using Daos.Fabric.Protocol;
using Daos.Fabric.Protocol.Placement;

namespace Daos.Fabric.Client.KeyValues;

/// <summary>Where a dkey lives. A value.</summary>
/// <param name="Hash">What requests are placed by.</param>
/// <param name="Target">The target that the hash falls on.</param>
internal readonly record struct KeyPlace(ulong Hash, int Target)
{
    /// <summary>Places a dkey, after checking its length.</summary>
    internal static KeyPlace Of(ObjectId id, ReadOnlySpan<byte> dkey, int targetCount, string operation)
    {
        if (dkey.IsEmpty || dkey.Length > ProtocolLimits.KeyBytesMax)
        {
            Throw.KeyLength(dkey.Length, operation);
        }

        ulong hash = DkeyHash.Compute(id, dkey);
        return new KeyPlace(hash, ObjectPlacement.TargetOf(id, hash, targetCount));
    }
}
