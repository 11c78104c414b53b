namespace Daos.Fabric.Transport.SharedMemory.Bulk;

/// <summary>The regions of a peer that are mapped here. Owned by one owner thread.</summary>
internal sealed unsafe class MappedRegions
{
    private readonly List<(uint Number, SharedSegment Segment)> _regions = new(Limits.RegionsPerConnection);

    /// <summary>Regions mapped now.</summary>
    internal int Count => _regions.Count;

    /// <summary>Maps what the peer sent. DER_PROTO when it is not what it says or one too many; DER_NOMEM.</summary>
    internal DerCode Add(uint number, ulong lengthBytes, int descriptor)
    {
        if (_regions.Count == Limits.RegionsMappedMax || Contains(number) || lengthBytes > long.MaxValue)
        {
            return DerCode.Protocol;
        }

        DerResult<SharedSegment> segment = SharedSegment.Open(descriptor, (long)lengthBytes);
        if (segment.IsSuccess)
        {
            _regions.Add((number, segment.Value));
        }

        return segment.Code;
    }

    internal bool Contains(uint number) => IndexOf(number) >= 0;

    /// <summary>A range of a region; null when it is not mapped or the range is not in it.</summary>
    internal byte* Resolve(uint number, ulong position, int lengthBytes)
    {
        int index = IndexOf(number);
        if (index < 0)
        {
            return null;
        }

        SharedSegment segment = _regions[index].Segment;
        var length = (ulong)segment.LengthBytes;
        return (uint)lengthBytes <= length && position <= length - (uint)lengthBytes ? segment.Address + position : null;
    }

    /// <summary>Unmaps one; false when it is not there.</summary>
    internal bool Remove(uint number)
    {
        int index = IndexOf(number);
        if (index < 0)
        {
            return false;
        }

        _regions[index].Segment.Dispose();
        _regions.RemoveAt(index);
        return true;
    }

    /// <summary>Unmaps all.</summary>
    internal void Clear()
    {
        foreach ((_, SharedSegment segment) in _regions)
        {
            segment.Dispose();
        }

        _regions.Clear();
    }

    private int IndexOf(uint number)
    {
        for (int i = 0; i < _regions.Count; i++)
        {
            if (_regions[i].Number == number)
            {
                return i;
            }
        }

        return -1;
    }
}
