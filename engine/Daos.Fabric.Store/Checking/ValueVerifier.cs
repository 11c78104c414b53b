using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Checking;

/// <summary>Compares values with the checksums that came with them, in the arena and in the data file. One owner thread.</summary>
internal sealed class ValueVerifier(Arena arena, MediaFile data, CheckReport report) : IDisposable
{
    private const int StepBytes = 1 << 20;

    private readonly NativeSlab _buffer = new(StepBytes);
    private readonly DigestPool _digests = new();
    private ChecksumRun _run;

    /// <summary>Reads and checks one value. An unreadable one is a finding.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    internal async ValueTask VerifyAsync(CheckedValue value)
    {
        if (!Begin(in value))
        {
            report.Count("values without checksum");
            return;
        }

        DerCode code = value.Data.Blocks == 0 ? FeedArena(in value) : DerCode.Success;
        int wanted;
        for (long done = 0; value.Data.Blocks > 0 && done < value.Bytes && code.IsSuccess; done += wanted)
        {
            long offset = Locate(in value, done, out long left);
            wanted = (int)Math.Min(StepBytes, Math.Min(left, value.Bytes - done));
            int whole = (wanted + DataExtent.BlockBytes - 1) / DataExtent.BlockBytes * DataExtent.BlockBytes;
            code = await data.ReadAsync(Address(), whole, offset);
            code = code.IsSuccess ? FeedBuffer(wanted) : code;
        }

        report.Count("checksums");
        if (code.IsError)
        {
            string place = value.Data.Blocks == 0 ? $"arena offset {value.Record}" : $"byte {value.Data.OffsetBytes} of {data.Path}";
            string what = code == DerCode.Checksum ? "do not fit their checksum" : $"cannot be read ({code})";
            report.Damage(value.Owner, $"the {value.Bytes} bytes of the {(value.IsExtent ? "extent" : "value")} at {place} {what}");
        }
    }

    /// <summary>Frees the buffer.</summary>
    public void Dispose()
    {
        _run.Drop(_digests);
        _digests.Clear();
        _buffer.Dispose();
    }

    private long Locate(in CheckedValue value, long at, out long left)
    {
        left = value.Bytes - at;
        return value.IsExtent ? value.Data.OffsetBytes + at : DataRuns.Locate(DataRuns.Of(arena, value.Record), at, out left);
    }

    private unsafe nint Address() => (nint)_buffer.Address;

    private unsafe bool Begin(in CheckedValue value)
    {
        ChecksumInfo info;
        if (value.IsExtent)
        {
            var extent = arena.At<ExtentDf>(value.Record);
            info = new ChecksumInfo
            {
                Type = extent->Integrity.Type,
                ChunkBytes = extent->Chunks.PartBytes,
                Values = (uint*)arena.At(value.Record + ExtentDf.SizeBytes, 4 * extent->ChecksumWords),
                Count = (int)extent->ChecksumWords / Math.Max(1, ChecksumTypes.Words(extent->Integrity.Type)),
            };
            bool fits = info.Type == ChecksumType.None
                || (ChecksumTypes.IsKnown((uint)info.Type) && info.Words == (int)extent->ChecksumWords && info.ChunkBytes > 0 && ChecksumRun.CountOf(value.FirstByte, (ulong)value.Bytes, info.ChunkBytes) == info.Count);
            if (!fits)
            {
                report.Damage(value.Owner, $"the extent at {value.Record} has {info.Count} checksums, which does not fit its length");
                return false;
            }
        }
        else
        {
            var version = arena.At<VersionDf>(value.Record);
            info = new ChecksumInfo { Type = version->Integrity.Type, Values = &version->Checksum, Count = 1 };
            if (!ChecksumTypes.IsKnown((uint)info.Type))
            {
                report.Damage(value.Owner, $"the version at {value.Record} has an unknown kind of checksum {(int)info.Type}");
                return false;
            }
        }

        _run.Drop(_digests);
        _run.Begin(in info, value.FirstByte, value.Bytes);
        return info.Type != ChecksumType.None;
    }

    private unsafe DerCode FeedArena(in CheckedValue value)
    {
        int offset = value.IsExtent ? arena.At<ExtentDf>(value.Record)->InlineOffset : arena.At<VersionDf>(value.Record)->ValueOffset;
        return _run.Feed(value.Bytes == 0 ? null : arena.At(value.Record + (ulong)offset, value.Bytes), value.Bytes, _digests);
    }

    private unsafe DerCode FeedBuffer(int lengthBytes) => _run.Feed(_buffer.Address, lengthBytes, _digests);
}
