using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Reactor.Native;

namespace Daos.Fabric.Reactor;

/// <summary>
/// The operations under way in a reactor: a slot each, with native scratch memory whose address never changes and which the kernel may
/// use until the operation's completion. Grows to the deepest concurrency and then allocates no more. Owned by the reactor's thread.
/// </summary>
internal sealed unsafe class OperationTable : IDisposable
{
    /// <summary>Operations under way at most. Layers above hold far less; a leak ends here instead of in exhausted memory.</summary>
    internal const int CapacityMax = 1 << 16;

    /// <summary>Room for any address that is used here (sockaddr_un is the longest with 110 bytes).</summary>
    internal const int AddressBytesMax = 128;

    // Bits 61 and up of a tag belong to the reactor.
    private const uint GenerationMask = (1U << 29) - 1;

    private const int ChunkSlots = 64;
    private const int VectorsOffset = 64 + AddressBytesMax;
    private const int ScratchBytes = VectorsOffset + (Reactor.SendPiecesMax * 16);

    private readonly List<NativeSlab> _chunks = [];
    private OperationSlot[] _slots = [];
    private int _firstFree = -1;

    /// <summary>Operations under way.</summary>
    internal int Count { get; private set; }

    internal int Capacity => _slots.Length;

    /// <summary>The slot of an operation; valid until the next <see cref="Add"/>.</summary>
    internal ref OperationSlot this[int slot] => ref _slots[slot];

    /// <summary>Gives an idle operation a slot.</summary>
    internal int Add(ReactorOperation operation, OperationKind kind, int descriptor)
    {
        Invariant.Check(!operation.IsActive);
        if (_firstFree < 0)
        {
            Grow();
        }

        int index = _firstFree;
        ref OperationSlot slot = ref _slots[index];
        _firstFree = slot.NextFree;
        slot.Operation = operation;
        slot.Kind = kind;
        slot.Descriptor = descriptor;
        slot.IsCancelled = false;
        slot.IsParked = false;
        slot.Parts = 1;
        slot.IsDurable = false;
        slot.IsRepeated = false;
        operation.Slot = index;
        Count++;
        return index;
    }

    /// <summary>Frees a slot: late events that name it by its old generation find nothing.</summary>
    internal ReactorOperation Remove(int index)
    {
        ref OperationSlot slot = ref _slots[index];
        ReactorOperation operation = slot.Operation!;
        operation.Slot = -1;
        slot.Operation = null;
        slot.Kind = OperationKind.None;
        slot.Generation++;
        slot.NextFree = _firstFree;
        _firstFree = index;
        Count--;
        return operation;
    }

    /// <summary>Names a slot and its present use in 64 bits.</summary>
    internal ulong TagOf(int index) => ((ulong)(_slots[index].Generation & GenerationMask) << 32) | (uint)index;

    /// <summary>The slot that a tag names, or -1 when that use is over.</summary>
    internal int Find(ulong tag)
    {
        int index = (int)(uint)tag;
        return (uint)index < (uint)_slots.Length && _slots[index].Operation is not null && TagOf(index) == tag ? index : -1;
    }

    internal MsgHdr* MessageOf(int index) => (MsgHdr*)ScratchOf(index);

    internal byte* AddressOf(int index) => ScratchOf(index) + 64;

    internal IoVector* VectorsOf(int index) => (IoVector*)(ScratchOf(index) + VectorsOffset);

    /// <summary>Copies a vector into the slot's scratch and lays a message header over it.</summary>
    internal void SetMessage(int index, ReadOnlySpan<IoVector> pieces)
    {
        IoVector* vectors = VectorsOf(index);
        pieces.CopyTo(new Span<IoVector>(vectors, Reactor.SendPiecesMax));
        MsgHdr* message = MessageOf(index);
        *message = default;
        message->Vectors = vectors;
        message->VectorCount = (nuint)pieces.Length;
    }

    /// <summary>Frees the scratch memory. The kernel must have let go of it.</summary>
    public void Dispose()
    {
        foreach (NativeSlab chunk in _chunks)
        {
            chunk.Dispose();
        }

        _chunks.Clear();
    }

    private byte* ScratchOf(int index) => _slots[index].Scratch;

    private void Grow()
    {
        int from = _slots.Length;
        if (from >= CapacityMax)
        {
            throw new InvalidOperationException($"more than {CapacityMax} operations under way in one reactor");
        }

        var chunk = new NativeSlab((long)ChunkSlots * ScratchBytes);
        _chunks.Add(chunk);
        Array.Resize(ref _slots, from + ChunkSlots);
        for (int i = _slots.Length - 1; i >= from; i--)
        {
            _slots[i].Scratch = chunk.Address + ((long)(i - from) * ScratchBytes);
            _slots[i].NextFree = _firstFree;
            _firstFree = i;
        }
    }
}

/// <summary>One operation under way. Owned by the reactor's thread.</summary>
internal unsafe struct OperationSlot
{
    public ReactorOperation? Operation;
    public byte* Scratch;
    public int Descriptor;
    public int NextFree;
    public uint Generation;
    public OperationKind Kind;
    public bool IsCancelled;

    /// <summary>Completions of the kernel that are still to come, after which the operation is over.</summary>
    public byte Parts;

    /// <summary>A write and its flush, each of which the kernel completes.</summary>
    public bool IsDurable;

    /// <summary>The flush was made again.</summary>
    public bool IsRepeated;

    /// <summary>Bytes asked for, and what the write and the flush answered.</summary>
    public int LengthBytes;

    public int FirstResult;
    public int LastResult;

    /// <summary>Waits in user space; the kernel does not know of it.</summary>
    public bool IsParked;
}
