using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Io;

/// <summary>Bringing bytes into memory: at once, gathered, or piece by piece with one media buffer.</summary>
public sealed partial class FetchPlan
{
    /// <summary>Arena bytes that a plan copies at most.</summary>
    private const int HeldBytesMax = 16 << 20;

    /// <summary>Bytes that <see cref="GatherAsync"/> takes at most: answers above go by pieces.</summary>
    public const int GatheredBytesMax = 1 << 20;

    private NativeList<byte> _heldBytes = new(256);
    private NativeList<byte> _gathered = new(256);
    private MediaBuffers _buffers = null!;
    private OwnedBuffer? _buffer;
    private bool _gatheredInBuffer;
    private nint _loadedAddress;
    private int _loaded = -1;
    private bool _held;

    /// <summary>
    /// Makes the next piece readable by <see cref="Piece"/>; pieces are loaded in order, and the one before is gone then. DER_CSUM when
    /// stored data is damaged, DER_IO.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> LoadAsync(int piece)
    {
        Invariant.Check(piece == _loaded + 1 && piece < _pieceCount);
        ReturnBuffer();
        _loaded = piece;
        if (_pieces[piece].Media != ValueMedia.Data)
        {
            return NeedsDataRead ? AddressArena(piece) : LocateArena(piece);
        }

        PlanRead(piece, out int lengthBytes, out long offsetBytes);
        _buffers = lengthBytes <= MediaBuffers.SmallBufferBytes ? _store.Shard.SmallBuffers : _store.Shard.Buffers;
        _buffer = await _buffers.RentAsync();
        DerCode code = await _store.Shard.ReadDataAsync(BufferAddress, lengthBytes, offsetBytes);
        return code.IsError ? code : AddressData(piece);
    }

    /// <summary>Collects the bytes of all values in the plan, for an answer that is sent in one message. DER_OVERFLOW, DER_CSUM, DER_IO.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> GatherAsync()
    {
        if (TotalBytes > GatheredBytesMax)
        {
            return DerCode.Overflow;
        }

        _gathered.Clear();
        if (_pieceCount == 1 && NeedsDataRead)
        {
            // Most answers: copied once, from where media put it.
            _gatheredInBuffer = true;
            return await LoadAsync(0);
        }

        for (int i = 0; i < _pieceCount; i++)
        {
            DerCode code = await LoadAsync(i);
            if (code.IsError)
            {
                return code;
            }

            AppendLoaded();
        }

        ReturnBuffer();
        return DerCode.Success;
    }

    /// <summary>The loaded piece; its bytes are valid until the next load, gather or <see cref="Free"/>.</summary>
    public unsafe FetchPiece Piece(int piece)
    {
        Invariant.Check(piece == _loaded);
        ref FetchPieceState state = ref _pieces[piece];
        return new FetchPiece
        {
            Value = state.Entry,
            OffsetBytes = state.OffsetBytes,
            LengthBytes = state.LengthBytes,
            Address = (byte*)_loadedAddress,
        };
    }

    /// <summary>Copies a value, <see cref="ValueBytes"/> of it: from the arena, or from what was gathered or held.</summary>
    public unsafe void CopyTo(int value, byte* destination)
    {
        ref FetchEntry entry = ref Entry(value);
        if (_gatheredInBuffer)
        {
            Invariant.Check(_loaded == 0 && _loadedAddress != 0);
            Invariant.Check(entry.ValueBytes == (_pieces[0].Entry == value ? _pieces[0].LengthBytes : 0));
            Unsafe.CopyBlockUnaligned(destination, (void*)_loadedAddress, (uint)entry.ValueBytes);
            return;
        }

        if (NeedsDataRead)
        {
            long start = 0;
            for (int i = 0; i < value; i++)
            {
                start += _entries[i].ValueBytes;
            }

            Invariant.Check(start + entry.ValueBytes <= _gathered.Count);
            Unsafe.CopyBlockUnaligned(destination, _gathered.Items + start, (uint)entry.ValueBytes);
            return;
        }

        for (int i = 0; i < entry.PieceCount; i++)
        {
            ref FetchPieceState piece = ref _pieces[entry.PieceStart + i];
            if (piece.Media == ValueMedia.Hole)
            {
                new Span<byte>(destination + piece.OffsetBytes, (int)piece.LengthBytes).Clear();
            }
            else
            {
                Unsafe.CopyBlockUnaligned(destination + piece.OffsetBytes, ArenaBytes(in piece), (uint)piece.LengthBytes);
            }
        }
    }

    private unsafe byte* ArenaBytes(in FetchPieceState piece)
    {
        if (_held)
        {
            return _heldBytes.Items + piece.Position;
        }

        // The arena may have changed since: whoever awaited in between had to hold the plan.
        Debug.Assert(_resolvedAt == _store.Memory.Transaction.CommittedCount, "the plan was not held across an await");
        return _store.Memory.Arena.At(piece.Position, piece.LengthBytes);
    }

    private unsafe DerCode HoldArena()
    {
        long total = 0;
        for (int i = 0; i < _pieceCount; i++)
        {
            total += _pieces[i].Media == ValueMedia.Arena ? _pieces[i].LengthBytes : 0;
        }

        if (total > HeldBytesMax)
        {
            return DerCode.Overflow;
        }

        // Partly wanted chunks are checked now, while the whole of them is in reach.
        DerCode code = NeedsDataRead ? CheckArenaChunks() : DerCode.Success;
        _heldBytes.Clear();
        for (int i = 0; i < _pieceCount; i++)
        {
            ref FetchPieceState piece = ref _pieces[i];
            if (piece.Media == ValueMedia.Arena)
            {
                ulong position = (ulong)_heldBytes.Count;
                byte* copy = _heldBytes.Extend((int)piece.LengthBytes);
                Unsafe.CopyBlockUnaligned(copy, ArenaBytes(in piece), (uint)piece.LengthBytes);
                piece.Position = position;
            }
        }

        _held = true;
        return code;
    }

    private unsafe DerCode AddressArena(int piece)
    {
        DerCode code = LocateArena(piece);
        return code.IsError ? code : ChecksumPiece(piece, (byte*)_loadedAddress, storedStart: null);
    }

    private unsafe DerCode LocateArena(int piece)
    {
        _loadedAddress = _pieces[piece].Media == ValueMedia.Hole ? 0 : (nint)ArenaBytes(in _pieces[piece]);
        return DerCode.Success;
    }

    private unsafe nint BufferAddress => (nint)_buffer!.Address;

    private void PlanRead(int piece, out int lengthBytes, out long offsetBytes)
    {
        ref FetchPieceState state = ref _pieces[piece];
        ulong start = FetchLayout.ChunkStart(in state, state.FirstByte);
        ulong end = FetchLayout.ChunkEnd(in state, state.FirstByte + (ulong)state.LengthBytes);
        long position = (long)state.Position - (long)(state.FirstByte - start);
        int inBlock = (int)(position % DataExtent.BlockBytes);
        offsetBytes = position - inBlock;
        long wanted = inBlock + (long)(end - start);
        lengthBytes = (int)((wanted + DataExtent.BlockBytes - 1) / DataExtent.BlockBytes * DataExtent.BlockBytes);
        Invariant.Check(lengthBytes <= MediaBuffers.BufferBytes);
    }

    private unsafe DerCode AddressData(int piece)
    {
        ref FetchPieceState state = ref _pieces[piece];
        ulong start = FetchLayout.ChunkStart(in state, state.FirstByte);
        long position = (long)state.Position - (long)(state.FirstByte - start);
        byte* stored = _buffer!.Address + (position % DataExtent.BlockBytes);
        _loadedAddress = (nint)(stored + (state.FirstByte - start));
        return ChecksumPiece(piece, (byte*)_loadedAddress, stored);
    }

    private unsafe void AppendLoaded()
    {
        int length = (int)_pieces[_loaded].LengthBytes;
        byte* copy = _gathered.Extend(length);
        if (_loadedAddress == 0)
        {
            new Span<byte>(copy, length).Clear();
        }
        else
        {
            Unsafe.CopyBlockUnaligned(copy, (void*)_loadedAddress, (uint)length);
        }
    }

    private void ClearLoading()
    {
        _loaded = -1;
        _loadedAddress = 0;
        _held = false;
        _gatheredInBuffer = false;
        _gathered.Clear();
        ClearChecksums();
    }

    private void ReturnBuffer()
    {
        if (_buffer is not null)
        {
            _buffers.Return(_buffer);
            _buffer = null;
        }
    }
}
