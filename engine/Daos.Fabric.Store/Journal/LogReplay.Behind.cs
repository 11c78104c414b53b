using Daos.Fabric.Store.Format;

namespace Daos.Fabric.Store.Journal;

/// <summary>The search behind the end of the log: is the tail a tail, or is there a hole in front of something that was acknowledged?</summary>
internal sealed partial class LogReplay
{
    // Blocks of older rounds of the ring have positions before the end and cut tails knew a stable position before it: neither
    // can be taken for a witness. The whole ring is looked at, because damage may be wider than what is ever under way.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> LookBehindAsync()
    {
        for (long offset = 0; offset < _geometry.RingBytes;)
        {
            _windowStart = LogGeometry.RingOffset + offset;
            _windowLength = (int)Math.Min(_window.LengthBytes, Align(_geometry.FileBytes) - _windowStart);
            DerCode code = await _file.ReadAsync(WindowAddress(), _windowLength, _windowStart);
            if (code.IsError)
            {
                return _report.Fail(code, $"The log {_file.Path} cannot be read at {_windowStart}: {code.Text}. Check the device.");
            }

            // The last block of the window may lie in it only partly; the next window starts with it.
            bool isLast = _windowStart + _windowLength >= Align(_geometry.FileBytes);
            int whole = isLast ? _windowLength : _windowLength - _geometry.BlockBytesMax + LogBlockDf.AlignBytes;
            ulong witness = FindWitness((int)Math.Min(whole, _geometry.RingBytes - offset));
            if (witness != 0)
            {
                return Refuse(End, $"the block at position {witness} behind it was written when it was stable");
            }

            offset += whole;
        }

        return DerCode.Success;
    }

    private unsafe ulong FindWitness(int lengthBytes)
    {
        for (int at = 0; at < lengthBytes; at += LogBlockDf.AlignBytes)
        {
            var block = (LogBlockDf*)(_window.Address + at);
            if (block->Magic != LogBlockDf.MagicValue || block->Position < End)
            {
                continue;
            }

            bool inWindow = at + (long)block->BlockBytes <= _windowLength;
            bool isBlock = _geometry.HasShape(block)
                && inWindow
                && _geometry.OffsetOf(block->Position) == _windowStart + at
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
