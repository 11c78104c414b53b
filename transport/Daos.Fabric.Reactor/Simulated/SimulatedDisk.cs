using Daos.Fabric.Core.Faults;
using Daos.Fabric.Core.Randomness;

namespace Daos.Fabric.Reactor.Simulated;

/// <summary>
/// A node's disk with a volatile write cache. A write is safe from a power cut once a flush that started after its completion has
/// completed, or when it was written <see cref="WriteMode.Durable"/>; names and sizes are safe at once. Of what no flush covered a power
/// cut keeps any part, in any order; a newer write never lies below an older one. Owned by the simulator's thread.
/// </summary>
public sealed unsafe partial class SimulatedDisk
{
    private const int AlignBytes = 4096;
    private const byte TrimmedByte = 0xDB;

    private readonly SimulatedNode _node;
    private readonly SeededRandom _random;
    private readonly SeededRandom _faultRandom;
    private SortedDictionary<string, SimulatedFile?> _entries = new(StringComparer.Ordinal);
    private int _openCount;

    internal SimulatedDisk(SimulatedNode node, SeededRandom random, SeededRandom faultRandom)
    {
        _node = node;
        _random = random;
        _faultRandom = faultRandom;
    }

    /// <summary>Latency, faults and capacity.</summary>
    public SimulatedDiskOptions Options { get; } = new();

    /// <summary>Bytes that files take; devices are disks of their own.</summary>
    public long UsedBytes => _entries.Values.Sum(f => f is { IsDevice: false } ? f.LengthBytes : 0);

    /// <summary>Bytes given back by <see cref="Reactor.TrimFile"/> so far.</summary>
    public long TrimmedBytes { get; private set; }

    /// <summary>Writes that a power cut now may take, those under way aside.</summary>
    public int UnflushedCount => _entries.Values.Sum(f => f?.UnflushedCount ?? 0);

    /// <summary>Paths and what they name (null: a directory), in ordinal order.</summary>
    internal SortedDictionary<string, SimulatedFile?> Entries => _entries;

    private SimulatedNetwork Descriptors => _node.World.Network;

    /// <summary>Plugs in a block device of a fixed size, full of zeros.</summary>
    public void AddDevice(string path, long lengthBytes) => _entries.Add(path, new SimulatedFile(lengthBytes) { IsDevice = true });

    /// <summary>Swaps what two paths name, as if devices or mounts had changed places. Neither may be open.</summary>
    public void Exchange(string one, string other) => (_entries[one], _entries[other]) = (_entries[other], _entries[one]);

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

    internal int Open(SimulatedFile file, FileAccessMode mode, string path)
    {
        _openCount++;
        return Descriptors.Allocate(new SimulatedOpenFile(_node, file, mode, path));
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
        _held.Clear();
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

        _held.Remove(request);
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
}
