using Daos.Fabric.Client.Memory;
using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Rpc;
using Daos.Fabric.Rpc.Requests;
using Daos.Fabric.Transport;

namespace Daos.Fabric.Client.Calls;

/// <summary>
/// One request in wire form and, later, its reply, in native memory of its own: what a caller gave up to the eager limit was copied here,
/// so that a resend needs nothing of the caller. Larger memory is borrowed and pinned until the call ended. One owner at a time: the
/// thread that encodes it, the owner thread that sends it, the thread that reads the reply.
/// </summary>
internal sealed unsafe class ClientCall : IDisposable
{
    /// <summary>Room for the largest message. Pages that small calls do not reach are never backed.</summary>
    internal const int BufferBytes = 64 * 1024;

    /// <summary>The target of calls that go to the engine's system xstream (tag 0).</summary>
    internal const int SystemTarget = -1;

    private readonly NativeSlab _slab = new(BufferBytes);
    private System.Buffers.MemoryHandle _pin;
    private bool _cancelRequested;

    /// <summary>Request, then reply.</summary>
    internal byte* Buffer => _slab.Address;

    /// <summary>What is asked.</summary>
    internal RpcOpcode Opcode;

    /// <summary>The target that serves it, or <see cref="SystemTarget"/>.</summary>
    internal int Target;

    /// <summary>True when it changes something: it carries a sequence number and is executed once.</summary>
    internal bool IsModification;

    /// <summary>How the reply is understood.</summary>
    internal ReplyKind Reply;

    /// <summary>Length of the request.</summary>
    internal int RequestBytes;

    /// <summary>Where the request names the exposed memory; -1 when it names none.</summary>
    internal int RemoteMemoryOffset;

    /// <summary>Memory that the engine reads or writes during the call; null when everything is inline.</summary>
    internal byte* Memory;

    /// <summary>Its length.</summary>
    internal long MemoryBytes;

    /// <summary>What the engine may do with it.</summary>
    internal MemoryAccess Access;

    /// <summary>Number of the modification, taken when it is first sent.</summary>
    internal ulong Sequence;

    /// <summary>Identifies the modification together with the client's id.</summary>
    internal ulong TransactionHlc;

    /// <summary>The epoch of the answer.</summary>
    internal Epoch Epoch;

    /// <summary>On the owner's clock; set when the owner takes the call.</summary>
    internal long DeadlineNs;

    /// <summary>When an overloaded target wants to be asked again, in ms; 0 when it did not say.</summary>
    internal uint RetryAfterMs;

    /// <summary>The place that an overloaded target keeps for the call; 0 for none.</summary>
    internal ulong QueueTicket;

    /// <summary>The outcome.</summary>
    internal DerCode Code;

    /// <summary>A sentence that goes with a failure, when there is more to say than the code does.</summary>
    internal string? Detail;

    /// <summary>Answers that are a number.</summary>
    internal long Number;

    /// <summary>Where the value or the reply lies.</summary>
    internal byte* ValueAddress;

    /// <summary>Length of the value or reply, also when it is too long for where it should go.</summary>
    internal long ValueBytes;

    /// <summary>The longest value that the reader has room for.</summary>
    internal long CapacityBytes;

    /// <summary>A fetch that returns sizes and maps, no data.</summary>
    internal bool WantsSizesOnly;

    /// <summary>So often may a value that does not fit its checksums be moved again.</summary>
    internal int ChecksumRetriesLeft;

    /// <summary>For <see cref="ReplyKind.SingleValue"/>.</summary>
    internal FetchStep Step;

    /// <summary>Memory taken for a value that came without being expected so long.</summary>
    internal NativeBlock? Block;

    /// <summary>The attempt under way. Owner thread.</summary>
    internal RpcCall? Active;

    /// <summary>The pause between two attempts. Owner thread.</summary>
    internal PauseOperation? Pause;

    /// <summary>Set from any thread; the owner looks at it between steps.</summary>
    internal bool CancelRequested
    {
        get => Volatile.Read(ref _cancelRequested);
        set => Volatile.Write(ref _cancelRequested, value);
    }

    /// <summary>True when the value lies in the memory that the caller gave.</summary>
    internal bool ValueIsInPlace => Block is null && Memory is not null && ValueAddress == Memory;

    /// <summary>The value or reply, while this call holds it.</summary>
    internal ReadOnlySpan<byte> Value => new(ValueAddress, checked((int)ValueBytes));

    /// <summary>Starts over for a new request. The caller fills the rest.</summary>
    internal Span<byte> Prepare(RpcOpcode opcode, int target, bool isModification, ReplyKind reply)
    {
        Opcode = opcode;
        Target = target;
        IsModification = isModification;
        Reply = reply;
        RequestBytes = 0;
        RemoteMemoryOffset = -1;
        Memory = null;
        MemoryBytes = 0;
        Access = MemoryAccess.None;
        Sequence = 0;
        RetryAfterMs = 0;
        QueueTicket = 0;
        Epoch = default;
        Code = DerCode.Success;
        Detail = null;
        Number = 0;
        ValueAddress = null;
        ValueBytes = 0;
        CapacityBytes = long.MaxValue;
        WantsSizesOnly = false;
        ChecksumRetriesLeft = ClientLimits.ChecksumRetriesMax;
        Step = FetchStep.Plain;
        CancelRequested = false;
        return new Span<byte>(Buffer, BufferBytes);
    }

    /// <summary>Borrows the caller's memory for the engine until <see cref="Release"/>; memory that is native already is not pinned.</summary>
    internal void Borrow(ReadOnlyMemory<byte> memory, MemoryAccess access)
    {
        Debug.Assert(Memory is null, "one range per call");
        _pin = memory.Pin();
        Memory = (byte*)_pin.Pointer;
        MemoryBytes = memory.Length;
        Access = access;
    }

    /// <summary>Gives a block of native memory to the engine instead.</summary>
    internal void Expose(NativeBlock block, long lengthBytes, MemoryAccess access)
    {
        Block = block;
        Memory = block.Address;
        MemoryBytes = lengthBytes;
        Access = access;
    }

    /// <summary>
    /// Puts what was read into the reader's memory, unless it lies there already. Answers the length of a single value, or the bytes that
    /// exist of a run of records; behind the last one everything is a hole.
    /// </summary>
    internal int CopyValueTo(Span<byte> destination)
    {
        ReadOnlySpan<byte> value = Value;
        if (!ValueIsInPlace)
        {
            value.CopyTo(destination);
        }

        if (Reply != ReplyKind.Extent)
        {
            return value.Length;
        }

        destination[value.Length..].Clear();
        return (int)Number;
    }

    /// <summary>Ends the attempt or the pause under way. Owner thread.</summary>
    internal void CancelActive()
    {
        Active?.Cancel();
        Pause?.EndEarly();
    }

    /// <summary>Lets go of everything borrowed. Nothing may be under way.</summary>
    internal void Release()
    {
        Debug.Assert(Active is null && Pause is null, "under way");
        _pin.Dispose();
        _pin = default;
        Memory = null;
        Block?.Return();
        Block = null;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        Release();
        _slab.Dispose();
    }
}
