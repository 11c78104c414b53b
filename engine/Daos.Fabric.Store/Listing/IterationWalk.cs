using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Listing;

/// <summary>One call of an iteration under way: what it may see, where it writes, where it stands. Lives on the stack.</summary>
internal unsafe ref struct IterationWalk
{
    private readonly Span<byte> _packed;
    private readonly int _countMax;
    private int _neededBytes;

    public IterationWalk(in IterationRequest request, Span<byte> packed, ReadView view)
    {
        Request = request;
        Next = request.Anchor;
        View = view;
        _packed = packed;
        _countMax = request.CountMax > 0 ? request.CountMax : int.MaxValue;
    }

    /// <summary>What is asked for.</summary>
    public readonly IterationRequest Request;

    /// <summary>What is seen.</summary>
    public ReadView View;

    /// <summary>The newest punch of what lies above.</summary>
    public VersionStamp Hidden;

    /// <summary>Where the next call goes on.</summary>
    public ListAnchor Next;

    /// <summary>Entries written.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes written.</summary>
    public int Bytes { get; private set; }

    /// <summary>Nothing more is below.</summary>
    public void End() => Next = ListAnchor.End;

    /// <summary>Describes an object or key by its incarnation log; false when it is not to be given.</summary>
    public bool TryDescribe(TreeMemory memory, ulong log, out IterationEntry entry)
    {
        VersionStamp hidden = Hidden;
        bool exists = IncarnationLog.Describe(memory, log, ref hidden, ref View, out ulong created, out bool hasEvents);
        entry = new IterationEntry
        {
            Flags = exists ? IterationFlags.Visible : IterationFlags.Punched,
            EpochValue = exists ? created : 0,
            PunchEpochValue = hidden.Epoch,
        };
        return exists || (Request.WithPunched && hasEvents && hidden.Epoch != 0 && hidden.Epoch >= Request.Low.Value);
    }

    /// <summary>Writes an entry; false when there is no room for it.</summary>
    public bool TryAdd(ref IterationEntry entry, ReadOnlySpan<byte> key)
    {
        entry.KeyLength = (ushort)key.Length;
        entry.EntryBytes = IterationEntry.SizeBytes + ((key.Length + 7) & ~7);
        if (Count == _countMax)
        {
            return false;
        }

        if (entry.EntryBytes > _packed.Length - Bytes)
        {
            _neededBytes = entry.EntryBytes;
            return false;
        }

        Span<byte> room = _packed.Slice(Bytes, entry.EntryBytes);
        MemoryMarshal.Write(room, in entry);
        key.CopyTo(room[IterationEntry.SizeBytes..]);
        room[(IterationEntry.SizeBytes + key.Length)..].Clear();
        Bytes += entry.EntryBytes;
        Count++;
        return true;
    }

    /// <summary>How the call ended: DER_KEY2BIG when not even one entry fitted.</summary>
    public readonly DerCode Finish(DerCode code, out ListAnchor next, out ListResult result)
    {
        bool tooSmall = code.IsSuccess && Count == 0 && _neededBytes > 0;
        next = Next;
        result = new ListResult { Count = Count, Bytes = tooSmall ? _neededBytes : Bytes, DependsOn = View.DependsOn };
        return tooSmall ? DerCode.KeyTooBig : code;
    }
}
