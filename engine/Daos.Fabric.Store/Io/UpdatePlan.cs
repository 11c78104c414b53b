using Daos.Fabric.Store.Media;
using Daos.Fabric.Store.Results;

namespace Daos.Fabric.Store.Io;

/// <summary>
/// One update, straight through: begin, add values, give or move their bytes, write data, commit, wait until stable, free. Pooled, and
/// owned by the xstream of its shard. Keys, checksums and sources are borrowed native memory until <see cref="Free"/>.
/// </summary>
public sealed unsafe partial class UpdatePlan
{
    private readonly ObjectStore _store;
    private UpdateEntry[] _entries = new UpdateEntry[16];
    private int _count;
    private int _arenaBytes;
    private bool _verified;
    private readonly PlanAdmission _admission;
    private bool _dataPublished;
    private ObjectTarget _target;
    private DerCode _failure;
    private bool _free;

    internal UpdatePlan(ObjectStore store)
    {
        _store = store;
        _admission = new PlanAdmission(store.Shard);
    }

    /// <summary>Where it goes.</summary>
    internal ref readonly ObjectTarget Target => ref _target;

    /// <summary>Values added so far.</summary>
    public int Count => _count;

    /// <summary>
    /// True (at first): values are checked against their checksums before they are stored. Set it before values are added; without it
    /// checksums are kept as they come, and a read is the first to look (DAOS: srv_cksum off).
    /// </summary>
    public bool VerifiesChecksums { get; set; }

    /// <summary>
    /// Adds a single value. DER_INVAL, DER_KEY2BIG, DER_REC2BIG, DER_OVERFLOW; DER_NO_PERM for an akey that this update has already.
    /// </summary>
    /// <param name="akey">First byte of the akey.</param>
    /// <param name="akeyLength">1 to 4096; 8 for integer akeys.</param>
    /// <param name="valueBytes">Size of the value; 0 is a value.</param>
    /// <param name="checksum">One checksum, or none.</param>
    public DerCode AddSingle(byte* akey, int akeyLength, long valueBytes, in ChecksumInfo checksum)
    {
        if (checksum.Type != ChecksumType.None && checksum.Count != 1)
        {
            return Fail(DerCode.Invalid);
        }

        // Chunks mean nothing here, whatever the message says: one checksum covers the whole value.
        ChecksumInfo whole = new() { Type = checksum.Type, Values = checksum.Values, Count = checksum.Count };
        DerCode code = AddEntry(akey, akeyLength, valueBytes, in whole);
        if (code.IsError)
        {
            return code;
        }

        ref UpdateEntry entry = ref _entries[_count - 1];
        entry.Type = AkeyType.Single;
        for (int i = _count - 2; i >= 0; i--)
        {
            if (_entries[i].HasAkey(entry.Akey, entry.AkeyLength))
            {
                return Fail(DerCode.NoPerm);
            }
        }

        return DerCode.Success;
    }

    /// <summary>
    /// Gives the value added last conditions of its own: <see cref="UpdateConditions.AkeyInsert"/> or
    /// <see cref="UpdateConditions.AkeyUpdate"/>. They count when the call says <see cref="UpdateConditions.PerAkey"/>.
    /// </summary>
    public void SetConditions(UpdateConditions conditions) => _entries[Checked(_count - 1)].Conditions = conditions;

    /// <summary>
    /// Adds a range of an array. Codes as <see cref="AddSingle"/>; DER_INVAL also for an index with bit 63, an empty range, a number of
    /// checksums that does not fit, or a range that overlaps another one of this update; DER_NO_PERM for an akey that this update
    /// gives a single value.
    /// </summary>
    /// <param name="akey">First byte of the akey.</param>
    /// <param name="akeyLength">1 to 4096; 8 for integer akeys.</param>
    /// <param name="recordBytes">Size of one record; the same for the life of the akey.</param>
    /// <param name="index">First record.</param>
    /// <param name="count">Number of records.</param>
    /// <param name="checksum">One checksum per chunk, or none.</param>
    public DerCode AddExtent(byte* akey, int akeyLength, int recordBytes, ulong index, ulong count, in ChecksumInfo checksum)
    {
        DerCode code = CheckRange(recordBytes, index, count, in checksum);
        if (code.IsSuccess)
        {
            code = AddEntry(akey, akeyLength, (long)count * recordBytes, in checksum);
        }

        return code.IsError ? Fail(code) : SetRange(recordBytes, index, count);
    }

    /// <summary>Punches a range of an array: its records become holes. Codes as <see cref="AddExtent"/>.</summary>
    public DerCode AddHole(byte* akey, int akeyLength, ulong index, ulong count)
    {
        if (!ArrayRange.IsValid(index, count, AllowsParity))
        {
            return Fail(DerCode.Invalid);
        }

        DerCode code = AddEntry(akey, akeyLength, 0, ChecksumInfo.None);
        if (code.IsError)
        {
            return code;
        }

        _entries[_count - 1].Media = ValueMedia.Hole;
        return SetRange(0, index, count);
    }

    /// <summary>Gives the bytes of a value for which <see cref="PartCount"/> is 0: native memory, borrowed until the commit.</summary>
    public void SetSource(int value, byte* source)
    {
        ref UpdateEntry entry = ref _entries[Checked(value)];
        Invariant.Check(entry.Media == ValueMedia.Arena);
        entry.Source = source;
    }

    /// <summary>Size of a value in bytes.</summary>
    public long ValueBytes(int value) => _entries[Checked(value)].ValueBytes;

    /// <summary>Gives up whatever was not committed and returns the plan to its pool.</summary>
    public void Free()
    {
        Invariant.Check(!_free);
        ReleaseData();
        DropRuns();
        _dataPublished = false;
        _verified = false;
        _admission.Reset();
        _free = true;
        _count = 0;
        _arenaBytes = 0;
        _failure = default;
        _store.Return(this);
    }

    internal void Begin(in ObjectTarget target)
    {
        _free = false;
        VerifiesChecksums = true;
        _target = target;
        _failure = KeyTree.Validate(target.Object.DkeyOrder, target.DkeyLength);
        const UpdateConditions Akeys = UpdateConditions.AkeyInsert | UpdateConditions.AkeyUpdate;
        if ((target.Conditions & UpdateConditions.PerAkey) != 0 && (target.Conditions & Akeys) != 0)
        {
            Fail(DerCode.Invalid);
        }
    }

    private bool AllowsParity => (_target.Flags & OperationFlags.Parity) != 0;

    private DerCode CheckRange(int recordBytes, ulong index, ulong count, in ChecksumInfo checksum)
    {
        if (recordBytes <= 0 || !ArrayRange.IsValid(index, count, AllowsParity))
        {
            return DerCode.Invalid;
        }

        if (count > (ulong)ObjectLimits.ValueBytesMax / (ulong)recordBytes)
        {
            return DerCode.RecordTooBig;
        }

        // Chunks are counted in bytes from record 0: that number must not wrap.
        ulong position = ArrayRange.Position(index);
        if (position + count > ulong.MaxValue / (ulong)recordBytes)
        {
            return DerCode.Invalid;
        }

        if (checksum.Type == ChecksumType.None)
        {
            return DerCode.Success;
        }

        ulong recordSize = (ulong)recordBytes;
        return checksum.ChunkBytes != 0
            && checksum.ChunkBytes <= ObjectLimits.ChunkBytesMax
            && checksum.Words <= ObjectLimits.ChecksumWordsPerExtentMax
            && ChecksumRun.CountOf(position * recordSize, count * recordSize, checksum.ChunkBytes) == checksum.Count
            ? DerCode.Success
            : DerCode.Invalid;
    }

    private DerCode AddEntry(byte* akey, int akeyLength, long valueBytes, in ChecksumInfo checksum)
    {
        DerCode code = KeyTree.Validate(_target.Object.AkeyOrder, akeyLength);
        if (code.IsError)
        {
            return Fail(code);
        }

        if (valueBytes > ObjectLimits.ValueBytesMax || valueBytes < 0)
        {
            return Fail(DerCode.RecordTooBig);
        }

        if (_count == ObjectLimits.EntriesMax || !ChecksumTypes.IsKnown((uint)checksum.Type))
        {
            return Fail(_count == ObjectLimits.EntriesMax ? DerCode.Overflow : DerCode.Invalid);
        }

        if (_count == _entries.Length)
        {
            Array.Resize(ref _entries, _count * 2);
        }

        ref UpdateEntry entry = ref _entries[_count];
        entry = new UpdateEntry
        {
            Akey = akey,
            AkeyLength = akeyLength,
            ValueBytes = valueBytes,
            Checksum = checksum,
            Media = ValueMedia.Arena,
        };
        entry.Run.Begin(Checks(in checksum), 0, valueBytes);
        if (valueBytes >= _store.Shard.Options.DataThresholdBytes
            || valueBytes + (checksum.Words * sizeof(uint)) > ObjectLimits.ArenaRecordBytesMax)
        {
            entry.Media = ValueMedia.Data;
        }
        else if ((_arenaBytes += (int)valueBytes) > ObjectLimits.ArenaBytesPerUpdateMax)
        {
            // The redo of one transaction is bounded, so the values that travel through it are as well.
            return Fail(DerCode.Overflow);
        }

        _count++;
        return DerCode.Success;
    }

    private ChecksumInfo Checks(in ChecksumInfo checksum) => VerifiesChecksums ? checksum : ChecksumInfo.None;

    // A value of which only a part came may have a hash state under way.
    private void DropRuns()
    {
        for (int i = 0; i < _count; i++)
        {
            _entries[i].Run.Drop(_store.Digests);
        }
    }

    private DerCode SetRange(int recordBytes, ulong index, ulong count)
    {
        ref UpdateEntry entry = ref _entries[_count - 1];
        entry.Type = AkeyType.Array;
        entry.RecordBytes = recordBytes;
        entry.Start = index;
        entry.Count = count;
        entry.Run.Begin(Checks(in entry.Checksum), ArrayRange.Position(index) * (ulong)recordBytes, entry.ValueBytes);
        for (int i = _count - 2; i >= 0; i--)
        {
            ref UpdateEntry other = ref _entries[i];
            bool overlaps = other.Start < entry.End && entry.Start < other.End;
            if ((overlaps || other.Type == AkeyType.Single) && other.HasAkey(entry.Akey, entry.AkeyLength))
            {
                return Fail(other.Type == AkeyType.Single ? DerCode.NoPerm : DerCode.Invalid);
            }
        }

        return DerCode.Success;
    }

    // A plan that refused something cannot be committed by mistake.
    private DerCode Fail(DerCode code)
    {
        _failure = _failure.IsError ? _failure : code;
        return code;
    }

    private int Checked(int value)
    {
        Invariant.Check((uint)value < (uint)_count);
        return value;
    }
}
