using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Io;

/// <summary>
/// One fetch: begin, add what is wanted, resolve, then either copy at once, or gather (small answers), or load piece by piece (bulk);
/// free. Pooled, and owned by the xstream of its shard. Keys are borrowed until <see cref="Free"/>.
/// </summary>
/// <remarks>
/// What lies in the arena is read where it is, so nothing may be awaited between <see cref="Resolve"/> and <see cref="CopyTo"/>, unless
/// <see cref="Hold"/> came in between. Data extents cannot be overwritten until the plan is freed.
/// </remarks>
public sealed unsafe partial class FetchPlan
{
    private readonly ObjectStore _store;
    private readonly VisibleExtents _visible = new();
    private FetchEntry[] _entries = new FetchEntry[16];
    private FetchPieceState[] _pieces = new FetchPieceState[16];
    private int _count;
    private int _pieceCount;
    private ObjectTarget _target;
    private DerCode _failure;
    private ReadView _view;
    private long _readTicket = -1;
    private bool _free;

    internal FetchPlan(ObjectStore store) => _store = store;

    /// <summary>Values asked for.</summary>
    public int Count => _count;

    /// <summary>True when some bytes lie in the data file: gather, or load the pieces.</summary>
    public bool NeedsDataRead { get; private set; }

    /// <summary>
    /// The answer must not leave before this position is stable. None for a stand-alone fetch, which sees only what is stable.
    /// </summary>
    public LogPosition DependsOn => _view.DependsOn;

    /// <summary>Bytes of all values together, holes included.</summary>
    public long TotalBytes { get; private set; }

    /// <summary>Pieces of all values, in the order of the values and inside them from first byte to last.</summary>
    public int PieceCount => _pieceCount;

    /// <summary>Asks for a single value. DER_INVAL, DER_KEY2BIG, DER_OVERFLOW.</summary>
    public DerCode AddSingle(byte* akey, int akeyLength) => AddEntry(akey, akeyLength, AkeyType.Single, 0, 1);

    /// <summary>Asks for a range of an array. DER_INVAL (also for an index with bit 63, or an empty range), DER_KEY2BIG, DER_OVERFLOW.</summary>
    public DerCode AddExtent(byte* akey, int akeyLength, ulong index, ulong count) =>
        ArrayRange.IsValid(index, count, (_target.Flags & OperationFlags.Parity) != 0)
            ? AddEntry(akey, akeyLength, AkeyType.Array, index, count)
            : Fail(DerCode.Invalid);

    /// <summary>
    /// Gives the value asked for last a condition of its own, <see cref="UpdateConditions.AkeyFetch"/>, which counts when the call says
    /// <see cref="UpdateConditions.PerAkey"/>.
    /// </summary>
    public void SetConditions(UpdateConditions conditions) => Entry(_count - 1).Conditions = conditions;

    /// <summary>True when the akey exists and has such a value; a range of holes exists when its akey does.</summary>
    public bool Exists(int value) => Entry(value).Exists;

    /// <summary>First record that was asked for.</summary>
    public ulong FirstIndexOf(int value) => Entry(value).Side | Entry(value).Start;

    /// <summary>Size of a record in bytes, of the value itself for a single value; 0 when there is none.</summary>
    public long RecordBytes(int value) => Entry(value).RecordBytes;

    /// <summary>Bytes of the answer, holes included.</summary>
    public long ValueBytes(int value) => Entry(value).ValueBytes;

    /// <summary>First of a value's pieces.</summary>
    public int PieceStart(int value) => Entry(value).PieceStart;

    /// <summary>Number of a value's pieces.</summary>
    public int PieceCountOf(int value) => Entry(value).PieceCount;

    /// <summary>
    /// What exists of a range: run <paramref name="run"/> of records, 0 being the first; false when there are no more. Holes lie between.
    /// </summary>
    public bool TryGetRun(int value, int run, out ulong index, out ulong count)
    {
        ref FetchEntry entry = ref Entry(value);
        index = 0;
        count = 0;
        for (int i = 0; i < entry.PieceCount; i++)
        {
            ref FetchPieceState piece = ref _pieces[entry.PieceStart + i];
            if (piece.Media == ValueMedia.Hole)
            {
                continue;
            }

            if (run-- > 0)
            {
                SkipRun(ref entry, ref i);
                continue;
            }

            int first = i;
            SkipRun(ref entry, ref i);
            ref FetchPieceState last = ref _pieces[entry.PieceStart + i];
            long bytes = last.OffsetBytes + last.LengthBytes - _pieces[entry.PieceStart + first].OffsetBytes;
            long recordBytes = entry.Type == AkeyType.Single ? Math.Max(bytes, 1) : entry.RecordBytes;
            index = entry.Side + entry.Start + (ulong)(_pieces[entry.PieceStart + first].OffsetBytes / recordBytes);
            count = (ulong)(bytes / recordBytes);
            return true;
        }

        return false;
    }

    /// <summary>
    /// Bytes of a value up to the end of its last record that exists, holes before it included: what a short read gives (sg_nr_out).
    /// </summary>
    public long ReadableBytes(int value)
    {
        ref FetchEntry entry = ref Entry(value);
        for (int i = entry.PieceCount - 1; i >= 0; i--)
        {
            ref FetchPieceState piece = ref _pieces[entry.PieceStart + i];
            if (piece.Media != ValueMedia.Hole)
            {
                return piece.OffsetBytes + piece.LengthBytes;
            }
        }

        return 0;
    }

    /// <summary>Lets go of everything and returns the plan to its pool.</summary>
    public void Free()
    {
        Invariant.Check(!_free);
        ReturnBuffer();
        DropRuns();
        if (_readTicket >= 0)
        {
            _store.Shard.DataSpace.LeaveRead(_readTicket);
            _readTicket = -1;
        }

        _free = true;
        _count = 0;
        _store.Return(this);
    }

    internal void Begin(in ObjectTarget target)
    {
        _free = false;
        VerifiesAll = false;
        AnswerChunkBytes = 0;
        _target = target;
        _failure = KeyTree.Validate(target.Object.DkeyOrder, target.DkeyLength);
        const UpdateConditions PerAkeyAndAll = UpdateConditions.PerAkey | UpdateConditions.AkeyFetch;
        if ((target.Conditions & PerAkeyAndAll) == PerAkeyAndAll)
        {
            Fail(DerCode.Invalid);
        }

        Clear();
    }

    private void SkipRun(ref FetchEntry entry, ref int piece)
    {
        while (piece + 1 < entry.PieceCount && _pieces[entry.PieceStart + piece + 1].Media != ValueMedia.Hole)
        {
            piece++;
        }
    }

    private DerCode AddEntry(byte* akey, int akeyLength, AkeyType type, ulong index, ulong count)
    {
        DerCode code = KeyTree.Validate(_target.Object.AkeyOrder, akeyLength);
        if (code.IsError)
        {
            return Fail(code);
        }

        if (_count == ObjectLimits.EntriesMax)
        {
            return Fail(DerCode.Overflow);
        }

        if (_count == _entries.Length)
        {
            Array.Resize(ref _entries, _count * 2);
        }

        _entries[_count++] = new FetchEntry
        {
            Akey = akey,
            AkeyLength = akeyLength,
            Type = type,
            Side = index & ObjectLimits.ParityBit,
            Start = ArrayRange.Position(index),
            Count = count,
        };
        return DerCode.Success;
    }

    private DerCode Fail(DerCode code)
    {
        _failure = _failure.IsError ? _failure : code;
        return code;
    }

    private ref FetchEntry Entry(int value)
    {
        Invariant.Check((uint)value < (uint)_count);
        return ref _entries[value];
    }
}
