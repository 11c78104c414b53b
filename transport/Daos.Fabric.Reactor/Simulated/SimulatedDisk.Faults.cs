namespace Daos.Fabric.Reactor.Simulated;

/// <summary>Faults of single operations, damage of what lies there, freezes, and traces.</summary>
public sealed unsafe partial class SimulatedDisk
{
    private readonly List<MediaFault> _faults = [];
    private readonly List<SimulatedRequest> _held = [];
    private bool _frozen;

    /// <summary>True while reads see what was written and not what faults made of it: the pristine copy.</summary>
    public bool HidesDamage { get; set; }

    /// <summary>True from a freeze until it is thawed.</summary>
    public bool IsFrozen => _frozen;

    /// <summary>What is recorded now; null when nothing is.</summary>
    public MediaTrace? Trace { get; private set; }

    /// <summary>Arms a fault. Of several that concern an operation the first that was armed and happens counts.</summary>
    public MediaFault Inject(MediaFault fault)
    {
        _faults.Add(fault);
        return fault;
    }

    /// <summary>Disarms every fault; damage that they left stays until it is written over or healed.</summary>
    public void ClearFaults() => _faults.Clear();

    /// <summary>Lets every sector show again what was written there.</summary>
    public void HealDamage()
    {
        foreach (SimulatedFile? file in _entries.Values)
        {
            file?.HealAll();
        }
    }

    /// <summary>Damages a range at rest. False when it shows the same bytes as before, so that nothing was damaged.</summary>
    /// <param name="damage">How.</param>
    /// <param name="path">The file.</param>
    /// <param name="offsetBytes">Where.</param>
    /// <param name="lengthBytes">How many bytes; one of them for a flip.</param>
    /// <param name="otherBytes">Where the bytes come from that lie here now, for <see cref="MediaDamage.Misplaced"/>.</param>
    public bool Damage(MediaDamage damage, string path, long offsetBytes, int lengthBytes, long otherBytes = 0) =>
        FileAt(path).Damage(damage, offsetBytes, lengthBytes, otherBytes, _faultRandom);

    /// <summary>Reads without time passing, as a read sees it or, with <paramref name="pristine"/>, as it was written. Returns the bytes read.</summary>
    public int Peek(string path, long offsetBytes, Span<byte> destination, bool pristine = false) => pristine
        ? FileAt(path).ReadPristine(offsetBytes, destination)
        : FileAt(path).Read(offsetBytes, destination);

    /// <summary>Size of a file.</summary>
    public long LengthOf(string path) => FileAt(path).LengthBytes;

    /// <summary>Keeps the content before the last write of every byte from now on, for <see cref="MediaDamage.Stale"/>.</summary>
    public void KeepFormerContent()
    {
        foreach (SimulatedFile? file in _entries.Values)
        {
            file?.KeepFormerContent();
        }
    }

    /// <summary>Answers nothing from now on; operations wait.</summary>
    public void Freeze() => _frozen = true;

    /// <summary>Goes on, with the operations that waited, in their order.</summary>
    public void Thaw()
    {
        _frozen = false;
        foreach (SimulatedRequest request in _held)
        {
            _node.World.Schedule(request, 0);
        }

        _held.Clear();
    }

    /// <summary>Records every change from now on.</summary>
    public MediaTrace StartTrace() => Trace = new MediaTrace(Capture());

    /// <summary>Ends the recording.</summary>
    public MediaTrace StopTrace()
    {
        MediaTrace trace = Trace ?? throw new InvalidOperationException("nothing is recorded");
        Trace = null;
        return trace;
    }

    /// <summary>A call of the file system: DER_IO or DER_NOSPACE when a fault says so.</summary>
    internal DerCode DrawCall(string path, bool allocates)
    {
        foreach (MediaFault fault in _faults)
        {
            if (fault.Concerns(allocates ? MediaOperation.Allocate : MediaOperation.Call, path, 0, 0) && fault.Draw(_faultRandom))
            {
                return fault.Kind == MediaFaultKind.CallNoSpace ? DerCode.NoSpace : DerCode.Io;
            }
        }

        return DerCode.Success;
    }

    internal void RecordCall(string call, string path, long lengthBytes) =>
        Trace?.Add(call, path, 0, lengthBytes, new DiskImage(new DiskImage(_entries).CloneEntries()));

    private SimulatedFile FileAt(string path) => _entries.TryGetValue(path, out SimulatedFile? file) && file is not null
        ? file
        : throw new InvalidOperationException($"'{path}' is no file of node {_node.Name}");

    private void Record(string operation, SimulatedRequest request) => Trace?.Add(
        operation, request.Open!.Path, request.OffsetBytes, request.LengthBytes, new DiskImage(new DiskImage(_entries).CloneEntries()));

    private MediaFaultKind? Draw(MediaOperation operation, SimulatedRequest request)
    {
        foreach (MediaFault fault in _faults)
        {
            if (fault.Kind is not (MediaFaultKind.Delayed or MediaFaultKind.Frozen)
                && fault.Concerns(operation, request.Open!.Path, request.OffsetBytes, request.LengthBytes)
                && !IsCountedAlready(fault, operation, request)
                && fault.Draw(_faultRandom))
            {
                request.Argument = fault.Argument;
                return fault.Kind;
            }
        }

        return null;
    }

    // The flush half of a durable write is interrupted with the write, or not at all.
    private static bool IsCountedAlready(MediaFault fault, MediaOperation operation, SimulatedRequest request) =>
        fault.Kind == MediaFaultKind.Interrupted
        && operation == MediaOperation.Flush
        && request.Kind == SimulatedEventKind.WriteFile;

    private long DrawDelay(SimulatedRequest request)
    {
        MediaOperation operation = request.Kind switch
        {
            SimulatedEventKind.ReadFile => MediaOperation.Read,
            SimulatedEventKind.WriteFile => MediaOperation.Write,
            SimulatedEventKind.TrimFile => MediaOperation.Trim,
            _ => MediaOperation.Flush,
        };
        foreach (MediaFault fault in _faults)
        {
            if (fault.Kind is not (MediaFaultKind.Delayed or MediaFaultKind.Frozen)
                || !fault.Concerns(operation, request.Open!.Path, request.OffsetBytes, request.LengthBytes)
                || !fault.Draw(_faultRandom))
            {
                continue;
            }

            if (fault.Kind == MediaFaultKind.Delayed)
            {
                return Math.Max(0, fault.Argument);
            }

            Freeze();
            if (fault.Argument >= 0)
            {
                _node.World.After(fault.Argument, Thaw);
            }
        }

        return 0;
    }

    private bool Holds(SimulatedRequest request)
    {
        if (_frozen)
        {
            _held.Add(request);
        }

        return _frozen;
    }

    private long OtherPlace(SimulatedRequest request)
    {
        if (request.Argument >= 0)
        {
            return request.Argument;
        }

        long blocks = request.Open!.File.LengthBytes / AlignBytes;
        long own = request.OffsetBytes / AlignBytes;
        long other = _faultRandom.Next(Math.Max(1, blocks - 1));
        return (other >= own && blocks > 1 ? other + 1 : other) * AlignBytes;
    }
}
