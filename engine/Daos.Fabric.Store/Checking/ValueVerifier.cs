using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Checking;

/// <summary>Compares values with the checksums that came with them, in the arena and in the data file. One owner thread.</summary>
internal sealed class ValueVerifier(Arena arena, MediaFile data, CheckReport report) : IDisposable
{
    private const int StepBytes = 1 << 20;

    private readonly NativeSlab _buffer = new(StepBytes);
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
        for (long done = 0; value.Data.Blocks > 0 && done < value.Bytes && code.IsSuccess; done += StepBytes)
        {
            int wanted = (int)Math.Min(StepBytes, value.Bytes - done);
            int whole = (wanted + DataExtent.BlockBytes - 1) / DataExtent.BlockBytes * DataExtent.BlockBytes;
            code = await data.ReadAsync(Address(), whole, value.Data.OffsetBytes + done);
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
    public void Dispose() => _buffer.Dispose();

    private unsafe nint Address() => (nint)_buffer.Address;

    private unsafe bool Begin(in CheckedValue value)
    {
        ChecksumInfo info;
        if (value.IsExtent)
        {
            var extent = arena.At<ExtentDf>(value.Record);
            info = new ChecksumInfo
            {
                Type = extent->ChecksumType,
                ChunkBytes = extent->ChunkBytes,
                Values = (uint*)arena.At(value.Record + ExtentDf.SizeBytes, 4 * extent->ChecksumCount),
                Count = (int)extent->ChecksumCount,
            };
            bool fits = info.Type == ChecksumType.None
                || (info.ChunkBytes > 0 && ChecksumRun.CountOf(value.FirstByte, (ulong)value.Bytes, info.ChunkBytes) == info.Count);
            if (!fits)
            {
                report.Damage(value.Owner, $"the extent at {value.Record} has {info.Count} checksums, which does not fit its length");
                return false;
            }
        }
        else
        {
            var version = arena.At<VersionDf>(value.Record);
            info = new ChecksumInfo { Type = version->ChecksumType, Values = &version->Checksum, Count = 1 };
        }

        _run.Begin(in info, value.FirstByte, value.Bytes);
        return info.Type != ChecksumType.None;
    }

    private unsafe DerCode FeedArena(in CheckedValue value)
    {
        int offset = value.IsExtent ? arena.At<ExtentDf>(value.Record)->InlineOffset : VersionDf.SizeBytes;
        return _run.Feed(value.Bytes == 0 ? null : arena.At(value.Record + (ulong)offset, value.Bytes), value.Bytes);
    }

    private unsafe DerCode FeedBuffer(int lengthBytes) => _run.Feed(_buffer.Address, lengthBytes);
}
