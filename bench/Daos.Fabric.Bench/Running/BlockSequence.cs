namespace Daos.Fabric.Bench.Running;

/// <summary>
/// The order in which a job visits its blocks: sequential, uniformly random, or a random permutation that visits each block once per
/// round without a map in memory (a Feistel network walked until it falls into range). Owned by one thread.
/// </summary>
internal sealed class BlockSequence
{
    private readonly long _blocks;
    private readonly bool _random;
    private readonly bool _repeats;
    private readonly SeededRandom _seeds;
    private readonly int _halfBits;
    private readonly ulong _halfMask;
    private long _position;
    private ulong _key;

    internal BlockSequence(long blocks, bool random, bool repeats, SeededRandom seeds)
    {
        _blocks = blocks;
        _random = random;
        _repeats = repeats;
        _seeds = seeds;
        int bits = 64 - System.Numerics.BitOperations.LeadingZeroCount((ulong)Math.Max(1, blocks - 1));
        _halfBits = Math.Max(1, (bits + 1) / 2);
        _halfMask = (1UL << _halfBits) - 1;
        _key = seeds.NextUInt64();
    }

    /// <summary>Rounds over all blocks that were completed.</summary>
    internal long Rounds { get; private set; }

    /// <summary>The next block.</summary>
    internal long Next()
    {
        if (_random && _repeats)
        {
            return _seeds.Next(_blocks);
        }

        long position = _position++;
        if (_position == _blocks)
        {
            _position = 0;
            Rounds++;
        }

        if (!_random)
        {
            return position;
        }

        long block = Permute(position);
        if (_position == 0)
        {
            _key = _seeds.NextUInt64();
        }

        return block;
    }

    private long Permute(long value)
    {
        ulong v = (ulong)value;
        do
        {
            v = Feistel(v);
        }
        while (v >= (ulong)_blocks);
        return (long)v;
    }

    private ulong Feistel(ulong value)
    {
        ulong left = value >> _halfBits;
        ulong right = value & _halfMask;
        for (uint round = 0; round < 4; round++)
        {
            ulong mixed = (right + _key + (round * 0x9E3779B97F4A7C15)) * 0xBF58476D1CE4E5B9;
            mixed = (mixed ^ (mixed >> 31)) * 0x94D049BB133111EB;
            (left, right) = (right, left ^ ((mixed >> 32) & _halfMask));
        }

        return (left << _halfBits) | right;
    }
}
