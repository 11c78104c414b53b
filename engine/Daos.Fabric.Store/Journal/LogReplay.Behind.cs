using Daos.Fabric.Store.Format;

namespace Daos.Fabric.Store.Journal;

/// <summary>The search behind the end of the log: is the tail a tail, or is there a hole in front of something that was acknowledged?</summary>
internal sealed partial class LogReplay
{
    // Blocks of older rounds of the ring have positions before the end and cut tails knew a stable position before it: neither
    // can be taken for a witness. All of the ring is looked at that was not applied, because damage may be wider than what is ever under
    // way; what was applied lies before the end, every byte of it. It is read anew: the end may be one only because the device gave something
    // else when it was asked for the block there.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> LookBehindAsync(ulong start)
    {
        await _window.DrainAsync();
        ulong limit = start + (ulong)_geometry.RingBytes;
        for (ulong position = End; position < limit;)
        {
            DerCode code = await EnsureAsync(position);
            if (code.IsError)
            {
                return code;
            }

            // Up to the ring's end; blocks that lie in the window only partly are looked at in the next one.
            long offset = _geometry.OffsetOf(position);
            long ringEnd = LogGeometry.RingOffset + _geometry.RingBytes;
            long seen = _window.IsLast ? ringEnd : _window.Start + _window.Length - _geometry.BlockBytesMax + LogBlockDf.AlignBytes;
            long count = Math.Min(Math.Min(seen, ringEnd) - offset, (long)(limit - position));
            ulong witness = FindWitness(offset, count);
            if (witness != 0)
            {
                return Refuse(End, $"the block at position {witness} behind it was written when it was stable");
            }

            position += (ulong)count;
        }

        return DerCode.Success;
    }

    private unsafe ulong FindWitness(long offset, long lengthBytes)
    {
        for (long at = offset; at < offset + lengthBytes; at += LogBlockDf.AlignBytes)
        {
            var block = (LogBlockDf*)(_window.Address + (at - _window.Start));
            if (block->Magic != LogBlockDf.MagicValue || block->Position < End)
            {
                continue;
            }

            bool inWindow = at + block->BlockBytes <= _window.Start + _window.Length;
            bool isBlock = _geometry.HasShape(block)
                && inWindow
                && _geometry.OffsetOf(block->Position) == at
                && block->Checksum == _geometry.ChecksumOf(block);
            if (!isBlock)
            {
                continue;
            }

            // A whole round ahead: it was written when a checkpoint newer than the one that was loaded had trimmed the log behind the end.
            if (block->Stable > End || block->Position - End >= (ulong)_geometry.RingBytes)
            {
                return block->Position;
            }

            WasCut = true;
        }

        return 0;
    }
}
