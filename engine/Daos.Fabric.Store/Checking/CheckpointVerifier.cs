using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Store.Checkpoint;
using Daos.Fabric.Store.Format;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Checking;

/// <summary>
/// Verifies the checksum of every part of the newest checkpoint and names each damaged one, where loading would stop at the first. One
/// owner thread.
/// </summary>
internal sealed class CheckpointVerifier : IDisposable
{
    private const int PageBytes = DirtyPages.PageBytes;

    private readonly MediaFile _meta;
    private readonly CheckReport _report;
    private readonly long _rootAreaBytes;
    private readonly NativeSlab _roots;
    private readonly NativeSlab _map = new(PageBytes);
    private readonly NativeSlab _page = new(PageBytes);

    internal CheckpointVerifier(MediaFile meta, Superblock superblock, CheckReport report)
    {
        _meta = meta;
        _report = report;
        _rootAreaBytes = (long)superblock.Values.RootAreaBytes;
        _roots = new NativeSlab(2 * _rootAreaBytes);
    }

    /// <summary>Root heads, whole or not.</summary>
    internal unsafe CheckpointRootDf Root(int area) => *RootOf(area);

    /// <summary>The area with the root that counts; -1 when both are damaged.</summary>
    internal int Newest { get; private set; } = -1;

    /// <summary>Verifies everything; true when a checkpoint can be loaded.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<bool> RunAsync()
    {
        DerCode code = await _meta.ReadAsync(AddressOf(_roots), (int)_roots.LengthBytes, MetaGeometry.RootsOffset);
        if (code.IsError)
        {
            _report.Damage(_meta.Path, $"the checkpoint roots cannot be read: {code.Text}");
            return false;
        }

        ChooseRoot();
        if (Newest < 0)
        {
            _report.Damage(_meta.Path, "both checkpoint roots are damaged");
            return false;
        }

        long before = _report.DamageCount;
        for (int i = 0; i < Root(Newest).MapPages; i++)
        {
            await VerifyMapPageAsync(i);
        }

        return _report.DamageCount == before;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _roots.Dispose();
        _map.Dispose();
        _page.Dispose();
    }

    private static unsafe nint AddressOf(NativeSlab slab) => (nint)slab.Address;

    private static unsafe uint ChecksumOf(NativeSlab page) => Crc32C.Compute(new ReadOnlySpan<byte>(page.Address, PageBytes));

    private unsafe CheckpointRootDf* RootOf(int area) => (CheckpointRootDf*)(_roots.Address + (area * _rootAreaBytes));

    private unsafe PageEntryDf DirectoryEntry(int index) =>
        ((PageEntryDf*)((byte*)RootOf(Newest) + CheckpointRootDf.SizeBytes))[index];

    private unsafe PageEntryDf MapEntry(int index) => ((PageEntryDf*)_map.Address)[index];

    private unsafe void ChooseRoot()
    {
        for (int area = 0; area < 2; area++)
        {
            if (IsGood(area))
            {
                Newest = Newest < 0 || RootOf(area)->Sequence > RootOf(Newest)->Sequence ? area : Newest;
            }
            else if (new ReadOnlySpan<byte>(RootOf(area), PageBytes).ContainsAnyExcept((byte)0))
            {
                // A power cut may leave one half written, and the other is the one that counts then.
                _report.Warn($"{_meta.Path}, byte {MetaGeometry.RootOffset(area, _rootAreaBytes)}", "this checkpoint root is damaged or was cut while it was written");
            }
        }
    }

    private unsafe bool IsGood(int area)
    {
        CheckpointRootDf head = *RootOf(area);
        long used = CheckpointRootDf.SizeBytes + ((long)head.MapPages * PageEntryDf.SizeBytes);
        if (head.Magic != CheckpointRootDf.MagicValue || head.Version != CheckpointRootDf.VersionValue || used > _rootAreaBytes)
        {
            return false;
        }

        uint expected = head.Checksum;
        head.Checksum = 0;
        uint checksum = Crc32C.Compute(new ReadOnlySpan<byte>(&head, CheckpointRootDf.SizeBytes));
        byte* directory = (byte*)RootOf(area) + CheckpointRootDf.SizeBytes;
        return Crc32C.Append(checksum, new ReadOnlySpan<byte>(directory, (int)used - CheckpointRootDf.SizeBytes)) == expected;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask VerifyMapPageAsync(int mapPage)
    {
        PageEntryDf entry = DirectoryEntry(mapPage);
        if (entry.Slot == 0 || !await VerifyAsync(_map, entry, $"map page {mapPage}"))
        {
            return;
        }

        for (int i = 0; i < PageEntryDf.PerMapPage; i++)
        {
            PageEntryDf page = MapEntry(i);
            if (page.Slot != 0)
            {
                await VerifyAsync(_page, page, $"arena page {((long)mapPage * PageEntryDf.PerMapPage) + i}");
            }
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<bool> VerifyAsync(NativeSlab into, PageEntryDf entry, string what)
    {
        long offset = MetaGeometry.SlotOffset(entry.Slot, _rootAreaBytes);
        DerCode code = await _meta.ReadAsync(AddressOf(into), PageBytes, offset);
        _report.Count("checkpoint pages");
        if (code.IsSuccess && ChecksumOf(into) == entry.Checksum)
        {
            return true;
        }

        _report.Damage($"{_meta.Path}, byte {offset}", code.IsError ? $"{what} cannot be read: {code.Text}" : $"{what} has a bad checksum");
        return false;
    }
}
