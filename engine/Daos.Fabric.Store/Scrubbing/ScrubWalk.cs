using Daos.Fabric.Store.Containers;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Reclaim;

namespace Daos.Fabric.Store.Scrubbing;

/// <summary>
/// Walks every value of a shard: containers, objects, dkeys, akeys, versions and extents, what is punched or covered included. It goes on by
/// name where it stopped, whatever came and went meanwhile: a container that is destroyed, an object or key that is removed are passed over,
/// and what stays from the beginning of the pass to its end is met once. Owned by one xstream.
/// </summary>
/// <param name="store">What is walked.</param>
/// <param name="isPassedOver">True for containers that are not entered, null for none.</param>
internal sealed unsafe class ScrubWalk(ObjectStore store, Func<ContainerId, bool>? isPassedOver)
{
    private readonly TreeMemory _memory = store.Memory;
    private readonly ScanPosition _dkeys = new();
    private readonly ScanPosition _akeys = new();
    private readonly ScrubValues _values = new(store.Memory);
    private Guid _container;
    private bool _isInContainer;
    private ObjectId _object;
    private bool _hasObject;
    private bool _objectDone;

    /// <summary>The container that the walk stands in.</summary>
    public ContainerId Container => new(_container);

    /// <summary>The object.</summary>
    public ObjectId Object => _object;

    /// <summary>The dkey's bytes; valid until the next call.</summary>
    public ReadOnlySpan<byte> Dkey => _dkeys.Key;

    /// <summary>The akey's bytes; valid until the next call.</summary>
    public ReadOnlySpan<byte> Akey => _akeys.Key;

    /// <summary>Starts at the first container.</summary>
    public void Begin()
    {
        _container = Guid.Empty;
        _isInContainer = false;
    }

    /// <summary>Goes to the next value. Pause when the budget of records to look at ended first, End behind the last one.</summary>
    public ScrubStep MoveNext(ref int budget, out ScrubEntry entry)
    {
        entry = default;
        while (budget > 0)
        {
            budget--;
            ulong container = store.Containers.AtLeast(_container);
            if (container == 0)
            {
                return ScrubStep.End;
            }

            Enter(store.Containers.IdOf(container).Value);
            ulong found = isPassedOver?.Invoke(Container) == true ? 0 : NextObject(container);
            if (found == 0)
            {
                if (!LeaveContainer())
                {
                    return ScrubStep.End;
                }
            }
            else if (MoveInObject(found, out entry))
            {
                return ScrubStep.Value;
            }
        }

        return ScrubStep.Pause;
    }

    /// <summary>True when the value that <see cref="MoveNext"/> gave last is still there, at the same place and unchanged.</summary>
    public bool IsStill(in ScrubEntry entry)
    {
        ulong container = store.Containers.Find(Container);
        ulong found = container == 0 ? 0 : store.Objects.Find(container, _object);
        ulong dkey = found == 0 ? 0 : _dkeys.Find(_memory, _memory.Read<ObjectDf>(found)->Dkeys, _object.DkeyOrder);
        ulong akey = dkey == 0 ? 0 : _akeys.Find(_memory, _memory.Read<KeyRecordDf>(dkey)->Below, _object.AkeyOrder);
        return akey != 0 && _values.IsAt(akey, in entry);
    }

    // True with the next value; false when this dkey, or the object, has none left.
    private bool MoveInObject(ulong found, out ScrubEntry entry)
    {
        entry = default;
        ulong dkey = _dkeys.Next(_memory, _memory.Read<ObjectDf>(found)->Dkeys, _object.DkeyOrder);
        if (dkey == 0)
        {
            _objectDone = true;
            return false;
        }

        if (_dkeys.IsNew)
        {
            _akeys.Reset();
            _values.Reset();
        }

        ulong akey = _akeys.Next(_memory, _memory.Read<KeyRecordDf>(dkey)->Below, _object.AkeyOrder);
        if (akey == 0)
        {
            _dkeys.Pass();
            return false;
        }

        if (_akeys.IsNew)
        {
            _values.Reset();
        }

        if (_values.MoveNext(akey, out entry))
        {
            return true;
        }

        _akeys.Pass();
        return false;
    }

    private void Enter(Guid container)
    {
        if (_isInContainer && container == _container)
        {
            return;
        }

        _container = container;
        _isInContainer = true;
        _hasObject = false;
        ResetKeys();
    }

    // False behind the last possible id.
    private bool LeaveContainer()
    {
        _isInContainer = false;
        _container = ContainerTable.After(_container);
        return _container != Guid.Empty;
    }

    private ulong NextObject(ulong container)
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(_memory.Arena, _memory.Read<ContainerDf>(container)->Objects);
        bool more = _hasObject ? cursor.SeekAtLeast(new ObjectKey(_object)) : cursor.SeekFirst();
        if (more && _hasObject && _objectDone && _memory.Read<ObjectDf>(cursor.Record)->Id == _object)
        {
            more = cursor.MoveNext();
        }

        if (!more)
        {
            return 0;
        }

        ObjectId id = _memory.Read<ObjectDf>(cursor.Record)->Id;
        if (!_hasObject || id != _object)
        {
            ResetKeys();
        }

        _object = id;
        _hasObject = true;
        _objectDone = false;
        return cursor.Record;
    }

    private void ResetKeys()
    {
        _dkeys.Reset();
        _akeys.Reset();
        _values.Reset();
    }
}
