namespace Daos.Fabric.Reactor.Simulated;

/// <summary>
/// The content of a file as 4 KiB pages; absent pages are zero. Clones share pages until one of them writes, so that keeping many
/// images of a disk is cheap. Owned by the simulator's thread.
/// </summary>
internal sealed class PageMap
{
    private const int PageBytes = 4096;

    private readonly Dictionary<long, Page> _pages;

    // Pages that carry another token are shared with a clone and are copied before a write.
    private object _token = new();

    internal PageMap() => _pages = [];

    private PageMap(PageMap other) => _pages = new Dictionary<long, Page>(other._pages);

    internal PageMap Clone()
    {
        _token = new object();
        return new PageMap(this);
    }

    internal void Read(long offsetBytes, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            int inPage = (int)(offsetBytes % PageBytes);
            int count = Math.Min(destination.Length, PageBytes - inPage);
            if (_pages.TryGetValue(offsetBytes / PageBytes, out Page page))
            {
                page.Bytes.AsSpan(inPage, count).CopyTo(destination);
            }
            else
            {
                destination[..count].Clear();
            }

            offsetBytes += count;
            destination = destination[count..];
        }
    }

    internal void Write(long offsetBytes, ReadOnlySpan<byte> source)
    {
        while (source.Length > 0)
        {
            int inPage = (int)(offsetBytes % PageBytes);
            int count = Math.Min(source.Length, PageBytes - inPage);
            source[..count].CopyTo(OwnPage(offsetBytes / PageBytes).AsSpan(inPage));
            offsetBytes += count;
            source = source[count..];
        }
    }

    /// <summary>A hash of the bytes; absent pages and pages of zeros are the same.</summary>
    internal ulong ContentHash()
    {
        // A sum, so that the order in which pages came does not matter.
        ulong sum = 0;
        foreach ((long number, Page page) in _pages)
        {
            if (page.Bytes.AsSpan().ContainsAnyExcept((byte)0))
            {
                ulong word = (ulong)Core.Checksums.Crc32C.Compute(page.Bytes) | ((ulong)number << 32);
                word = (word ^ (word >> 31)) * 0xBF58476D1CE4E5B9;
                sum += (word ^ (word >> 29)) * 0x94D049BB133111EB;
            }
        }

        return sum;
    }

    private byte[] OwnPage(long number)
    {
        ref Page page = ref CollectionsMarshal.GetValueRefOrAddDefault(_pages, number, out bool exists);
        if (!exists)
        {
            page = new Page(new byte[PageBytes], _token);
        }
        else if (!ReferenceEquals(page.Token, _token))
        {
            page = new Page((byte[])page.Bytes.Clone(), _token);
        }

        return page.Bytes;
    }

    private readonly record struct Page(byte[] Bytes, object Token);
}
