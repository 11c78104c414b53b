using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Format;

/// <summary>The superblock in memory and its two copies in the file meta. Owned by one owner thread.</summary>
internal sealed class Superblock : IDisposable
{
    private readonly NativeSlab _memory = new(2 * SuperblockDf.SizeBytes);
    private int _newestCopy;

    /// <summary>Tests only: told of each copy that is written.</summary>
    internal Action<PersistPoint>? OnPersist { get; init; }

    /// <summary>The values; changes count once <see cref="WriteAsync"/> has succeeded.</summary>
    internal unsafe ref SuperblockDf Values => ref *Copy(0);

    /// <summary>One bad copy was found and the other used.</summary>
    internal bool HadBadCopy { get; private set; }

    /// <summary>
    /// Reads both copies and takes the newer good one. DER_DF_INVAL: not a store, or both copies are damaged; DER_DF_INCOMPT: a newer
    /// format or unknown features; DER_IO. Nothing is written.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerCode> ReadAsync(MediaFile meta, StoreReport report)
    {
        int best = -1;
        int bad = 0;
        for (int i = 0; i < SuperblockDf.CopyCount; i++)
        {
            DerCode code = await meta.ReadAsync(AddressOf(i), SuperblockDf.SizeBytes, i * SuperblockDf.CopyDistanceBytes);
            if (code.IsError)
            {
                return report.Fail(code, $"The superblock in {meta.Path} cannot be read: {code.Text}. Check the device.");
            }

            bad += IsGood(i) ? 0 : 1;
            best = IsGood(i) && (best < 0 || SequenceOf(i) > SequenceOf(best)) ? i : best;
        }

        HadBadCopy = bad == 1;
        return best < 0 ? report.Fail(DerCode.DfInval, SentenceForNone(meta.Path)) : Take(best, meta.Path, report);
    }

    /// <summary>
    /// Writes both copies durably, the older or damaged one first, so that at every moment one good copy exists. A failure means that
    /// either value may be found later.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerCode> WriteAsync(MediaFile meta)
    {
        Seal();
        for (int i = 1; i <= SuperblockDf.CopyCount; i++)
        {
            int copy = (_newestCopy + i) % SuperblockDf.CopyCount;
            long offset = copy * SuperblockDf.CopyDistanceBytes;
            PersistProbe.Reach(OnPersist, PersistPoint.BeforeSuperblockCopy);
            DerCode code = await meta.WriteAsync(AddressOf(0), SuperblockDf.SizeBytes, offset, WriteMode.Durable);
            if (code.IsError)
            {
                return code;
            }

            PersistProbe.Reach(OnPersist, PersistPoint.AfterSuperblockCopy);
        }

        return DerCode.Success;
    }

    /// <summary>Frees the memory; no write may be under way.</summary>
    public void Dispose() => _memory.Dispose();

    private unsafe SuperblockDf* Copy(int index) => (SuperblockDf*)(_memory.Address + (index * SuperblockDf.SizeBytes));

    private unsafe nint AddressOf(int index) => (nint)Copy(index);

    private unsafe ulong SequenceOf(int index) => Copy(index)->Sequence;

    private unsafe bool IsGood(int index) =>
        Copy(index)->Magic == SuperblockDf.MagicValue && Copy(index)->Checksum == SuperblockDf.ChecksumOf(Copy(index));

    private unsafe void Seal()
    {
        SuperblockDf* values = Copy(0);
        values->Magic = SuperblockDf.MagicValue;
        values->Version = SuperblockDf.VersionValue;
        values->Sequence++;
        values->Checksum = SuperblockDf.ChecksumOf(values);
    }

    private unsafe string SentenceForNone(string path)
    {
        if (FileHeaderCheck.Holds((byte*)Copy(0), FileHeaderDf.MagicValue))
        {
            return $"{path} holds the log or data of a store where its metadata was expected: the paths of the roles are exchanged. Correct them.";
        }

        // Creation writes the second copy first, then this one: while it is blank nobody was ever told that there is a store.
        bool blank = !new ReadOnlySpan<byte>(Copy(0), SuperblockDf.SizeBytes).ContainsAnyExcept((byte)0);
        return blank
            ? $"{path} holds no whole superblock and its first copy was never written: its creation was interrupted before anything was "
                + "stored. Remove the directory and create it anew, unless it has ever been in use; then restore the file from a copy."
            : $"Both superblocks in {path} are damaged (bad checksum), so nothing in it can be trusted. Restore the file from a copy.";
    }

    private unsafe DerCode Take(int best, string path, StoreReport report)
    {
        _newestCopy = best;
        *Copy(0) = *Copy(best);
        if (Values.Version > SuperblockDf.VersionValue)
        {
            return report.Fail(
                DerCode.DfIncompt,
                $"{path} has format version {Values.Version}, this program knows up to {SuperblockDf.VersionValue}. Use a newer program.");
        }

        ulong unknown = Values.IncompatibleFeatures & ~SuperblockDf.KnownFeatures;
        return unknown == 0
            ? DerCode.Success
            : report.Fail(
                DerCode.DfIncompt,
                $"{path} uses features 0x{unknown:x} that this program does not know. Use a newer program.");
    }
}
