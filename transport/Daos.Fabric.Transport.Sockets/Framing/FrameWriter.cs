using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Checksums;

namespace Daos.Fabric.Transport.Sockets.Framing;

/// <summary>
/// The outgoing stream: frames written by a turn, and bulk chunks between them. Pieces are committed to the stream in order, frames
/// first, then chunks, of each source a quantum in turn, and only a little ahead of the socket. A chunk that has not begun to leave gives
/// way to frames written meanwhile, so that a message waits for the rest of one chunk at most. Data is sent from where it lies. Owned by
/// one owner thread.
/// </summary>
internal sealed unsafe class FrameWriter
{
    /// <summary>Native memory of a writer with nothing to send, in bytes.</summary>
    internal const int FixedMemoryBytes = Limits.PiecesMax * ChunkCodec.SlotBytes;

    private const int ChunkPieces = 3;

    private readonly SegmentBuffer _frames;
    private readonly NativeSlab _zeros;
    private readonly bool _checksums;
    private readonly StreamPiece[] _pieces = new StreamPiece[Limits.PiecesMax];
    private byte* _headers = (byte*)NativeMemory.AllocZeroed(FixedMemoryBytes);
    private int _first;
    private int _count;
    private long _framesCommitted;
    private int _bulkCommitted;
    private readonly SourceQueue _sources = new();
    private Segment? _cursor;
    private int _cursorOffset;
    private ChunkPolicy _policy;

    /// <param name="frames">Where frames are written.</param>
    /// <param name="zeros">Zeroed memory of a chunk's size, sent in place of memory that was revoked.</param>
    /// <param name="checksums">Chunks carry a checksum of their data.</param>
    internal FrameWriter(SegmentBuffer frames, NativeSlab zeros, bool checksums)
    {
        _frames = frames;
        _zeros = zeros;
        _checksums = checksums;
    }

    /// <summary>Called when the last committed piece of a source was sent.</summary>
    internal Action<BulkSource>? SourceSent { get; set; }

    /// <summary>Bytes of frames that wait to be sent.</summary>
    internal long QueuedBytes => _frames.LengthBytes;

    /// <summary>Bytes of the segments that hold them.</summary>
    internal long HeldBytes => _frames.HeldBytes;

    /// <summary>True when there is something to send.</summary>
    internal bool HasWork => _count > 0 || _frames.LengthBytes > _framesCommitted || !_sources.IsEmpty;

    /// <summary>Room for a frame of this payload; null when memory is short.</summary>
    internal byte* BeginFrame(int payloadBytesMax)
    {
        byte* frame = _frames.Reserve(FrameCodec.FrameBytes(payloadBytesMax));
        return frame is null ? null : frame + FrameHeaderWire.SizeBytes;
    }

    /// <summary>Ends the frame begun last.</summary>
    internal void EndFrame(FrameKind kind, uint argument, int payloadBytes)
    {
        Segment tail = _frames.Tail!;
        byte* frame = tail.Address + tail.End;
        int frameBytes = FrameCodec.FrameBytes(payloadBytes);
        Invariant.Check(frameBytes <= tail.Capacity - tail.End);
        FrameCodec.Seal(frame, kind, FrameFlags.None, argument, payloadBytes);
        _frames.Commit(frameBytes);
        if (kind == FrameKind.Message)
        {
            _policy.OnMessage();
        }
    }

    /// <summary>Turns over the last bit of the newest frame: a fault, which the peer's checksum has to find.</summary>
    internal void CorruptNewest()
    {
        Segment tail = _frames.Tail!;
        tail.Address[tail.End - 1] ^= 1;
    }

    /// <summary>Queues a source behind the others.</summary>
    internal void Enqueue(BulkSource source)
    {
        _policy.OnTransfer();
        _sources.Add(source);
    }

    /// <summary>Fills the vector with what is to be sent next; returns the number of pieces.</summary>
    internal int Assemble(Span<IoVector> vector)
    {
        Commit();
        for (int i = 0; i < _count; i++)
        {
            ref StreamPiece piece = ref PieceAt(i);
            vector[i] = new IoVector(piece.Address, (nuint)piece.LengthBytes);
        }

        return _count;
    }

    /// <summary>The first bytes of the committed pieces were taken by the socket.</summary>
    internal void Sent(int bytes)
    {
        while (bytes > 0)
        {
            Invariant.Check(_count > 0);
            ref StreamPiece piece = ref PieceAt(0);
            int here = Math.Min(bytes, piece.LengthBytes);
            piece.Address += here;
            piece.LengthBytes -= here;
            bytes -= here;
            Account(ref piece, here);
        }

        _frames.TrimWhenEmpty();
    }

    /// <summary>
    /// Stops reading from a source's memory. What was committed of it is sent as zeros, because the stream has announced its length, and
    /// the chunk's tail declares it void. Nothing may be in the kernel.
    /// </summary>
    internal void Revoke(BulkSource source)
    {
        Unlink(source);
        source.IsRevoked = true;
        source.IsCommitted = true;
        for (int i = 0; i < _count; i++)
        {
            ref StreamPiece piece = ref PieceAt(i);
            if (ReferenceEquals(piece.Source, source))
            {
                piece.Address = _zeros.Address;
                piece.Source = null;
                source.PiecesUnderWay--;
                ref StreamPiece tail = ref PieceAt(i + 1);
                ChunkCodec.WriteStatus(tail.Address + tail.LengthBytes - ChunkTailWire.SizeBytes, DerCode.NoPerm, dataCrc: 0);
            }
        }
    }

    /// <summary>Takes a source out of the queue; its committed pieces stay.</summary>
    internal void Unlink(BulkSource source) => _sources.Remove(source);

    /// <summary>Takes every source out of the queue; committed pieces stay, as the stream has announced them.</summary>
    internal void DropSources() => _sources.Clear();

    /// <summary>Drops everything. Nothing may be in the kernel.</summary>
    internal void Clear()
    {
        DropSources();
        Array.Clear(_pieces);
        _count = 0;
        _framesCommitted = 0;
        _bulkCommitted = 0;
        _cursor = null;
        _frames.Clear();
    }

    /// <summary>Frees the memory of the chunks' headers. Nothing may be in the kernel, and nothing is sent afterwards.</summary>
    internal void Free()
    {
        NativeMemory.Free(_headers);
        _headers = null;
    }

    private void Commit()
    {
        if (_frames.LengthBytes > _framesCommitted)
        {
            TakeBackChunks();
        }

        while (_count + ChunkPieces <= Limits.PiecesMax)
        {
            if (_frames.LengthBytes > _framesCommitted)
            {
                CommitFrames();
            }
            else if (!_sources.IsEmpty && _bulkCommitted < _policy.CommitBytes)
            {
                CommitChunk(_sources.Take());
            }
            else
            {
                return;
            }
        }
    }

    // A chunk of which no byte has left is not announced yet: frames that were written meanwhile go before it.
    private void TakeBackChunks()
    {
        while (_count >= ChunkPieces)
        {
            ref StreamPiece data = ref PieceAt(_count - 2);
            ref StreamPiece header = ref PieceAt(_count - 3);
            if (data.Kind != PieceKind.Data || data.Source is not { IsRevoked: false } source || header.LengthBytes != ChunkCodec.HeaderBytes(source.Kind))
            {
                return;
            }

            source.PositionBytes -= data.LengthBytes;
            source.PiecesUnderWay--;
            source.IsCommitted = false;
            _bulkCommitted -= data.LengthBytes;
            data.Source = null;
            _count -= ChunkPieces;
            _sources.AddFirst(source);
        }
    }

    // One piece per segment: what stands in it beyond the last commit.
    private void CommitFrames()
    {
        if (_cursor is null || _framesCommitted == 0)
        {
            _cursor = _frames.Head!;
            _cursorOffset = _cursor.Start;
        }

        while (_cursor.End == _cursorOffset)
        {
            _cursor = _cursor.Next!;
            _cursorOffset = _cursor.Start;
        }

        int length = _cursor.End - _cursorOffset;
        Append(_cursor.Address + _cursorOffset, length, PieceKind.Frames, null);
        _cursorOffset += length;
        _framesCommitted += length;
    }

    private void CommitChunk(BulkSource source)
    {
        int quantumLeft = Limits.BulkQuantumBytes - (source.PositionBytes % Limits.BulkQuantumBytes);
        int dataBytes = Math.Min(source.LengthBytes - source.PositionBytes, Math.Min(_policy.ChunkBytes, quantumLeft));
        byte* data = source.Address + source.PositionBytes;
        source.IsCommitted = source.PositionBytes + dataBytes == source.LengthBytes;
        byte* header = NextHeaderSlot();
        int headerBytes = ChunkCodec.WriteHeader(source, header, dataBytes, source.IsCommitted, _checksums);
        Append(header, headerBytes, PieceKind.Chunk, null);
        if (dataBytes > 0)
        {
            Append(data, dataBytes, PieceKind.Data, source);
            source.PiecesUnderWay++;
        }

        byte* tail = NextHeaderSlot();
        uint dataCrc = _checksums ? Crc32C.Compute(new ReadOnlySpan<byte>(data, dataBytes)) : 0;
        Append(tail, ChunkCodec.WriteTail(tail, dataBytes, dataCrc), PieceKind.Chunk, null);
        source.PositionBytes += dataBytes;
        _bulkCommitted += dataBytes;
        if (!source.IsCommitted)
        {
            Requeue(source);
        }
        else if (dataBytes == 0)
        {
            SourceSent?.Invoke(source);
        }
    }

    // Transfers take turns after a whole quantum, not after each chunk: sent one after the other, each of several equal transfers ends
    // sooner or as soon as if they shared the stream, and the receiver can work on the first while the next arrives.
    private void Requeue(BulkSource source)
    {
        if (source.PositionBytes % Limits.BulkQuantumBytes == 0)
        {
            _sources.Add(source);
            return;
        }

        _sources.AddFirst(source);
    }

    private byte* NextHeaderSlot() => _headers + (((_first + _count) & (Limits.PiecesMax - 1)) * ChunkCodec.SlotBytes);

    private void Append(byte* address, int lengthBytes, PieceKind kind, BulkSource? source)
    {
        ref StreamPiece piece = ref PieceAt(_count++);
        piece.Address = address;
        piece.LengthBytes = lengthBytes;
        piece.Kind = kind;
        piece.Source = source;
    }

    private void Account(ref StreamPiece piece, int bytes)
    {
        if (piece.Kind == PieceKind.Frames)
        {
            _framesCommitted -= bytes;
            _frames.Consume(bytes);
        }
        else if (piece.Kind == PieceKind.Data)
        {
            _bulkCommitted -= bytes;
        }

        if (piece.LengthBytes > 0)
        {
            return;
        }

        BulkSource? source = piece.Source;
        piece.Source = null;
        _first = (_first + 1) & (Limits.PiecesMax - 1);
        _count--;
        if (source is not null && --source.PiecesUnderWay == 0 && source.IsCommitted)
        {
            SourceSent?.Invoke(source);
        }
    }

    private ref StreamPiece PieceAt(int index) => ref _pieces[(_first + index) & (Limits.PiecesMax - 1)];
}
