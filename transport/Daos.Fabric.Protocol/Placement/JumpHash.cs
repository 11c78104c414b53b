namespace Daos.Fabric.Protocol.Placement;

/// <summary>Lamping and Veach's jump consistent hash: growing from n to n + 1 buckets moves one key in n + 1. Pure.</summary>
public static class JumpHash
{
    /// <summary>The bucket of a key.</summary>
    /// <param name="key">Any 64 bits; neighbouring keys spread too.</param>
    /// <param name="buckets">Number of buckets, at least 1.</param>
    public static int Bucket(ulong key, int buckets)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(buckets, 1);
        long bucket = 0;
        long next = 0;
        while (next < buckets)
        {
            bucket = next;
            key = unchecked((key * 2862933555777941757UL) + 1);
            next = (long)((bucket + 1) * ((double)(1L << 31) / ((key >> 33) + 1)));
        }

        return (int)bucket;
    }
}
