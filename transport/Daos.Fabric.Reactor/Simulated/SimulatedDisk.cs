using Daos.Fabric.Core.Faults;
using Daos.Fabric.Core.Randomness;

namespace Daos.Fabric.Reactor.Simulated;

/// <summary>
/// A node's disk with a volatile write cache. A write is safe from a power cut once a flush that started after its completion has
/// completed, or when it was written <see cref="WriteMode.Durable"/>; names and sizes are safe at once. Owned by the simulator's thread.
/// </summary>
public sealed unsafe class SimulatedDisk
{
    private const int AlignBytes = 4096;

    private readonly SimulatedNode _node;
    private readonly SeededRandom _random;
    private SortedDictionary<string, SimulatedFile?> _entries = new(StringComparer.Ordinal);
    private int _openCount;

    internal SimulatedDisk(SimulatedNode node, SeededRandom random)
    {
        _node = node;
        _random = random;
    }

    /// <summary>Latency, faults and capacity.</summary>
    public SimulatedDiskOptions Options { get; } = new();

    /// <summary>Bytes that files take.</summary>
    public long UsedBytes => _entries.Values.Sum(f => f?.LengthBytes ?? 0);

    /// <summary>Writes that a power cut now may take, those under way aside.</summary>
    public int UnflushedCount => _entries.Values.Sum(f => f?.UnflushedCount ?? 0);

    /// <summary>Paths and what they name (null: a directory), in ordinal order.</summary>
    internal SortedDictionary<string, SimulatedFile?> Entries => _entries;

    private SimulatedNetwork Descriptors => _node.World.Network;

    /// <summary>Records this moment, with the writes that are under way as writes that may or may not have happened.</summary>
    public DiskImage Capture()
    {
        var image = new DiskImage(new DiskImage(_entries).CloneEntries());
        foreach (SimulatedRequest request in WritesUnderWay(_node.Reactors))
        {
            foreach ((string path, SimulatedFile? file) in _entries)
            {
                if (ReferenceEquals(file, request.Open!.File))
                {
                    image.Entries[path]!.Write(request.OffsetBytes, CopyMemory(request, request.LengthBytes));
                }
            }
        }

        return image;
    }

    /// <summary>Replaces everything on the disk. No file may be open.</summary>
    public void Restore(DiskImage image)
    {
        Invariant.Check(_openCount == 0);
        _entries = image.CloneEntries();
    }

    /// <summary>Drops what no flush covered, apart from what the seed lets stay. Done by a crash with <see cref="CrashKind.Power"/>.</summary>
    public void PowerCut(ulong seed)
    {
        DiskImage image = new DiskImage(_entries).Cut(new SeededRandom(seed), out (long Kept, long Dropped) sectors);
        _node.World.Hash.Mix(SimulatedEventKind.PowerCut, _node.World.NowNs, sectors.Kept, sectors.Dropped);
        Restore(image);
    }

    internal int Open(SimulatedFile file, FileAccessMode mode)
    {
        _openCount++;
        return Descriptors.Allocate(new SimulatedOpenFile(_node, file, mode));
    }

    internal void Close(int descriptor)
    {
        SimulatedFile file = FindOpen(descriptor).File;
        if (file.LockedBy == descriptor)
        {
            file.LockedBy = -1;
        }

        _openCount--;
        Descriptors.Release(descriptor);
    }

    internal SimulatedOpenFile FindOpen(int descriptor) => Descriptors.Find(descriptor) is SimulatedOpenFile open && open.Node == _node
        ? open
        : throw new InvalidOperationException($"descriptor {descriptor} is not an open file of node {_node.Name}");

    internal void CloseAll()
    {
        _openCount = 0;
        Descriptors.ReleaseFiles(_node);
        foreach (SimulatedFile? file in _entries.Values)
        {
            file?.LockedBy = -1;
        }
    }

    /// <summary>The process ends: each write under way has happened or not, and its memory is not touched afterwards.</summary>
    internal void TakeWritesUnderWay(IReadOnlyList<SimulatedReactor> reactors)
    {
        foreach (SimulatedRequest request in WritesUnderWay(reactors))
        {
            if (_random.Chance(0.5))
            {
                // Nobody was told of it, but it is over: a flush of the next process, which can read it, covers it.
                SimulatedFile file = request.Open!.File;
                file.NoteDelivered(file.Write(request.OffsetBytes, CopyMemory(request, request.LengthBytes)));
            }
        }

        foreach (SimulatedFile? file in _entries.Values)
        {
            file?.NoteOwnerGone();
        }
    }

    internal void StartRead(SimulatedRequest request) => Schedule(request, Options.LatencyMinNs, Options.LatencyMaxNs);

    internal void StartWrite(SimulatedRequest request)
    {
        bool durable = request.Mode == WriteMode.Durable;
        Schedule(request, durable ? Options.FlushMinNs : Options.LatencyMinNs, durable ? Options.FlushMaxNs : Options.LatencyMaxNs);
    }

    internal void StartFlush(SimulatedRequest request)
    {
        request.FlushPoint = request.Open!.File.FlushPoint;
        Schedule(request, Options.FlushMinNs, Options.FlushMaxNs);
    }

    internal void DoRead(SimulatedRequest request)
    {
        if (!IsAligned(request))
        {
            request.Finish(-Errno.Invalid);
        }
        else if (_random.Chance(Options.ReadErrorChance))
        {
            request.Finish(-Errno.InputOutput);
        }
        else
        {
            int length = DrawLength(request.LengthBytes, Options.ShortReadChance);
            request.Finish(request.Open!.File.Read(request.OffsetBytes, new Span<byte>(request.Memory, length)));
        }
    }

    internal void DoWrite(SimulatedRequest request)
    {
        SimulatedFile file = request.Open!.File;
        long growthBytes = request.OffsetBytes + request.LengthBytes - file.LengthBytes;
        bool fails = _random.Chance(Options.WriteErrorChance) || FaultRegistry.Fires(_node.Faults, FaultPoint.MediaWriteError);
        bool noSpace = (growthBytes > 0 && !HasRoom(growthBytes)) || FaultRegistry.Fires(_node.Faults, FaultPoint.MediaNoSpace);
        if (!IsAligned(request) || request.Open.Mode == FileAccessMode.ReadOnly)
        {
            request.Finish(-Errno.Invalid);
        }
        else if (noSpace)
        {
            request.Finish(-Errno.NoSpace);
        }
        else if (fails)
        {
            if (_random.Chance(0.5))
            {
                file.Write(request.OffsetBytes, CopyMemory(request, DrawLength(request.LengthBytes, 0.5)));
            }

            request.Finish(-Errno.InputOutput);
        }
        else
        {
            int length = DrawLength(request.LengthBytes, Options.ShortWriteChance);
            request.Write = file.Write(request.OffsetBytes, CopyMemory(request, length));
            if (request.Mode == WriteMode.Durable && !FaultRegistry.Fires(_node.Faults, FaultPoint.MediaFlushIgnored))
            {
                file.Stabilise(request.Write);
            }

            request.Finish(length);
        }
    }

    internal void DoFlush(SimulatedRequest request)
    {
        SimulatedFile file = request.Open!.File;
        if (_random.Chance(Options.FlushErrorChance))
        {
            file.FailFlush(request.FlushPoint, _random);
            request.Finish(-Errno.InputOutput);
            return;
        }

        if (!FaultRegistry.Fires(_node.Faults, FaultPoint.MediaFlushIgnored))
        {
            file.Flush(request.FlushPoint);
        }

        request.Finish(0);
    }

    /// <summary>The owner hears of a completion now: a flush that starts from here on covers the write.</summary>
    internal void NoteDelivered(SimulatedRequest request)
    {
        if (request.Write is not null)
        {
            request.Open!.File.NoteDelivered(request.Write);
        }
    }

    /// <summary>True when the operation ends early; a write may have happened nevertheless. A disk seldom lets go.</summary>
    internal bool TryCancel(SimulatedRequest request)
    {
        if (_random.Chance(0.5))
        {
            return false;
        }

        if (request.Kind == SimulatedEventKind.WriteFile && IsAligned(request))
        {
            TakeCancelled(request);
        }

        return true;
    }

    internal bool HasRoom(long growthBytes) => Options.CapacityBytes - UsedBytes >= growthBytes;

    private static IEnumerable<SimulatedRequest> WritesUnderWay(IReadOnlyList<SimulatedReactor> reactors) =>
        reactors.SelectMany(r => r.Requests)
            .Where(r => r is { Operation: not null, IsFinished: false, Kind: SimulatedEventKind.WriteFile } && IsAligned(r));

    private static byte[] CopyMemory(SimulatedRequest request, int lengthBytes) =>
        new ReadOnlySpan<byte>(request.Memory, lengthBytes).ToArray();

    private static bool IsAligned(SimulatedRequest request) =>
        request.Open!.Mode != FileAccessMode.Direct
        || (((ulong)request.Memory | (ulong)request.OffsetBytes | (uint)request.LengthBytes) & (AlignBytes - 1)) == 0;

    private void TakeCancelled(SimulatedRequest request)
    {
        long growthBytes = request.OffsetBytes + request.LengthBytes - request.Open!.File.LengthBytes;
        if (_random.Chance(0.5) && (growthBytes <= 0 || HasRoom(growthBytes)))
        {
            request.Open.File.Write(request.OffsetBytes, CopyMemory(request, request.LengthBytes));
        }
    }

    // Short transfers end at a block, as they do with direct I/O.
    private int DrawLength(int lengthBytes, double shortChance) =>
        lengthBytes > AlignBytes && _random.Chance(shortChance)
            ? (1 + _random.Next((lengthBytes - 1) / AlignBytes)) * AlignBytes
            : lengthBytes;

    private void Schedule(SimulatedRequest request, long minNs, long maxNs)
    {
        long max = _random.Chance(Options.SlowChance) ? Math.Max(maxNs, Options.SlowMaxNs) : maxNs;
        _node.World.Schedule(request, minNs + _random.Next(Math.Max(1, max - minNs + 1)));
    }
}
