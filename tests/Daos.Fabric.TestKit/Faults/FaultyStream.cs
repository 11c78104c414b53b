using System.Buffers;

namespace Daos.Fabric.TestKit.Faults;

/// <summary>
/// One direction of one connection under a plan. Where faults stand in the stream and what they are follows from the seed alone, not from
/// how the bytes come in pieces. One thread at a time.
/// </summary>
public sealed class FaultyStream
{
    // Bytes are kept back until their neighbours have come: a message's worth would wait for the next message.
    private const int ReorderBytesMax = 16;

    private readonly FaultPlan _plan;
    private readonly SeededRandom _random;
    private readonly List<byte> _kept = [];
    private readonly long[] _counts = new long[Enum.GetValues<StreamFault>().Length];
    private long _gapLeft;
    private int _dropLeft;
    private int _repeatLeft;
    private int _swapLeft;
    private StreamFault _next;

    /// <param name="plan">What to do.</param>
    /// <param name="seed">Where.</param>
    public FaultyStream(FaultPlan plan, ulong seed)
    {
        _plan = plan;
        _random = new SeededRandom(seed);
        DrawNext();
    }

    /// <summary>The fault that ended the stream; nothing passes any more.</summary>
    public StreamFault? Ended { get; private set; }

    /// <summary>How often a fault happened so far.</summary>
    public long CountOf(StreamFault fault) => _counts[(int)fault];

    /// <summary>Takes the next bytes and writes what leaves.</summary>
    public void Pass(ReadOnlySpan<byte> arrived, IBufferWriter<byte> leaves)
    {
        while (arrived.Length > 0 && Ended is null)
        {
            int taken = _dropLeft > 0 ? DropSome(arrived)
                : _repeatLeft > 0 ? RepeatSome(arrived, leaves)
                : _swapLeft > 0 ? SwapSome(arrived, leaves)
                : PassSome(arrived, leaves);
            arrived = arrived[taken..];
        }
    }

    private int DropSome(ReadOnlySpan<byte> arrived)
    {
        int taken = Math.Min(_dropLeft, arrived.Length);
        _dropLeft -= taken;
        return taken;
    }

    private int RepeatSome(ReadOnlySpan<byte> arrived, IBufferWriter<byte> leaves)
    {
        int taken = Math.Min(_repeatLeft, arrived.Length);
        leaves.Write(arrived[..taken]);
        _kept.AddRange(arrived[..taken]);
        _repeatLeft -= taken;
        if (_repeatLeft == 0)
        {
            leaves.Write(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_kept));
            _kept.Clear();
        }

        return taken;
    }

    private int SwapSome(ReadOnlySpan<byte> arrived, IBufferWriter<byte> leaves)
    {
        int taken = Math.Min(_swapLeft, arrived.Length);
        _kept.AddRange(arrived[..taken]);
        _swapLeft -= taken;
        if (_swapLeft == 0)
        {
            Span<byte> kept = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_kept);
            leaves.Write(kept[(kept.Length / 2)..]);
            leaves.Write(kept[..(kept.Length / 2)]);
            _kept.Clear();
        }

        return taken;
    }

    private int PassSome(ReadOnlySpan<byte> arrived, IBufferWriter<byte> leaves)
    {
        int taken = (int)Math.Min(_gapLeft, arrived.Length);
        leaves.Write(arrived[..taken]);
        _gapLeft -= taken;
        return _gapLeft > 0 || taken == arrived.Length ? taken : taken + Strike(arrived[taken], leaves);
    }

    // Returns how many bytes the fault itself used up.
    private int Strike(byte here, IBufferWriter<byte> leaves)
    {
        StreamFault fault = _next;
        _counts[(int)fault]++;
        int lengthBytes = 1 + _random.Next(_plan.FaultBytesMax);
        DrawNext();
        switch (fault)
        {
            case StreamFault.Drop:
                _dropLeft = lengthBytes;
                return 0;
            case StreamFault.Duplicate:
                _repeatLeft = lengthBytes;
                return 0;
            case StreamFault.Reorder:
                _swapLeft = 2 * Math.Min(lengthBytes, ReorderBytesMax);
                return 0;
            case StreamFault.Flip:
                leaves.Write([(byte)(here ^ (1 << _random.Next(8)))]);
                return 1;
            default:
                Ended = fault;
                return 0;
        }
    }

    private void DrawNext()
    {
        if (_plan.Faults.Count == 0)
        {
            _gapLeft = long.MaxValue;
            return;
        }

        _next = _plan.Faults[_random.Next(_plan.Faults.Count)];
        _gapLeft = _plan.GapBytesMin + _random.Next(_plan.GapBytesMax - _plan.GapBytesMin + 1);
    }
}
