using System.Security.Cryptography;

namespace Daos.Fabric.Store.Checksums;

/// <summary>
/// A checksum over bytes that come in pieces. The default value has seen nothing. A value, used by one owner; what ends before
/// <see cref="Finish"/> is dropped, so that a hash state goes back to its pool.
/// </summary>
internal struct RunningChecksum
{
    private ulong _state;
    private bool _isOpen;
    private IncrementalHash? _digest;

    /// <summary>Takes the next bytes; always with the same kind.</summary>
    public void Append(ChecksumType type, ReadOnlySpan<byte> data, DigestPool digests)
    {
        if (!_isOpen)
        {
            Open(type, digests);
        }

        switch (type)
        {
            case ChecksumType.Crc32C:
                _state = Crc32C.Append((uint)_state, data);
                break;
            case ChecksumType.Adler32:
                _state = Adler32.Append((uint)_state, data);
                break;
            case ChecksumType.Crc16:
                _state = Crc16.Append((ushort)_state, data);
                break;
            case ChecksumType.Crc64:
                _state = Crc64.Append(_state, data);
                break;
            default:
                _digest!.AppendData(data);
                break;
        }
    }

    /// <summary>Writes the checksum and starts over.</summary>
    public void Finish(ChecksumType type, Span<uint> words, DigestPool digests)
    {
        if (!_isOpen)
        {
            Open(type, digests);
        }

        if (_digest is { } digest)
        {
            digest.GetHashAndReset(MemoryMarshal.AsBytes(words));
            digests.Return(type, digest);
        }
        else
        {
            words[0] = (uint)_state;
            if (type == ChecksumType.Crc64)
            {
                words[1] = (uint)(_state >> 32);
            }
        }

        this = default;
    }

    /// <summary>Forgets what came so far.</summary>
    public void Drop(ChecksumType type, DigestPool digests)
    {
        if (_digest is { } digest)
        {
            Span<byte> unused = stackalloc byte[ChecksumTypes.WordsMax * sizeof(uint)];
            digest.GetHashAndReset(unused);
            digests.Return(type, digest);
        }

        this = default;
    }

    private void Open(ChecksumType type, DigestPool digests)
    {
        _isOpen = true;
        _state = type == ChecksumType.Adler32 ? Adler32.Start : 0;
        _digest = type is ChecksumType.Sha1 or ChecksumType.Sha256 or ChecksumType.Sha512 ? digests.Rent(type) : null;
    }
}
