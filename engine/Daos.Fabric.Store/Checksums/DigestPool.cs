using System.Security.Cryptography;

namespace Daos.Fabric.Store.Checksums;

/// <summary>
/// Hash states of the SHA kinds for chunks that arrive in pieces; whole chunks need none. As many as were ever in use at once, which the
/// plans in flight bound. Owned by one xstream.
/// </summary>
internal sealed class DigestPool
{
    private readonly Stack<IncrementalHash> _sha1 = new();
    private readonly Stack<IncrementalHash> _sha256 = new();
    private readonly Stack<IncrementalHash> _sha512 = new();

    /// <summary>States made so far.</summary>
    public int CreatedCount { get; private set; }

    /// <summary>A state without input.</summary>
    public IncrementalHash Rent(ChecksumType type)
    {
        if (PoolOf(type).TryPop(out IncrementalHash? digest))
        {
            return digest;
        }

        CreatedCount++;
        return IncrementalHash.CreateHash(NameOf(type));
    }

    /// <summary>Takes a state back, reset by its last result.</summary>
    public void Return(ChecksumType type, IncrementalHash digest) => PoolOf(type).Push(digest);

    /// <summary>Frees the states that are in the pool.</summary>
    public void Clear()
    {
        foreach (Stack<IncrementalHash> pool in (ReadOnlySpan<Stack<IncrementalHash>>)[_sha1, _sha256, _sha512])
        {
            while (pool.TryPop(out IncrementalHash? digest))
            {
                digest.Dispose();
            }
        }
    }

    private static HashAlgorithmName NameOf(ChecksumType type) => type switch
    {
        ChecksumType.Sha1 => HashAlgorithmName.SHA1,
        ChecksumType.Sha256 => HashAlgorithmName.SHA256,
        _ => HashAlgorithmName.SHA512,
    };

    private Stack<IncrementalHash> PoolOf(ChecksumType type) => type switch
    {
        ChecksumType.Sha1 => _sha1,
        ChecksumType.Sha256 => _sha256,
        _ => _sha512,
    };
}
