using Daos.Fabric.Store.Format;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Journal;

/// <summary>
/// The piece of the log file that recovery looks at. From its second move on it reads the next pieces meanwhile, so that the device works
/// while the first is applied. Owned by one owner thread; <see cref="DrainAsync"/> comes before <see cref="Dispose"/>.
/// </summary>
internal sealed class LogWindow : IDisposable
{
    private const int PieceBytes = 4 << 20;
    private const int AheadMax = 2;

    private readonly MediaFile _file;
    private readonly LogGeometry _geometry;
    private readonly long _fileBytes;
    private readonly long _pieceBytes;
    private readonly Queue<LogPiece> _ahead = new(AheadMax);
    private readonly Stack<LogPiece> _idle = new(AheadMax);
    private LogPiece _current;
    private bool _holds;
    private bool _moved;

    internal LogWindow(MediaFile file, LogGeometry geometry)
    {
        _file = file;
        _geometry = geometry;
        _fileBytes = (geometry.FileBytes + LogBlockDf.AlignBytes - 1) & -LogBlockDf.AlignBytes;
        _pieceBytes = Math.Min(Math.Max(PieceBytes, 2L * geometry.BlockBytesMax), _fileBytes);
        _current = new LogPiece(file, _pieceBytes);
    }

    /// <summary>The first byte in memory.</summary>
    internal unsafe byte* Address => _current.Address;

    /// <summary>Where it lies in the file.</summary>
    internal long Start => _current.Start;

    /// <summary>Bytes that were read.</summary>
    internal int Length => _current.Length;

    /// <summary>It reaches the end of the file.</summary>
    internal bool IsLast => Start + Length >= _fileBytes;

    /// <summary>True when the largest block at this place in the file, or what the file has of it, lies in the window.</summary>
    internal bool Covers(long offset) => _holds && IsInside(offset, _current);

    /// <summary>Moves, so that <see cref="Covers"/> holds. DER_IO, and then the window holds nothing.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerCode> MoveAsync(long offset)
    {
        _holds = false;
        while (!_holds && _ahead.TryDequeue(out LogPiece? piece))
        {
            // What was read ahead in vain, or could not be read, counts only when it is what is asked for: then the read below says so.
            DerCode ahead = await piece.WaitAsync();
            _holds = ahead.IsSuccess && IsInside(offset, piece);
            _idle.Push(_holds ? _current : piece);
            _current = _holds ? piece : _current;
        }

        if (!_holds)
        {
            _current.Read(offset, LengthFrom(offset));
            DerCode code = await _current.WaitAsync();
            if (code.IsError)
            {
                return code;
            }

            _holds = true;
        }

        if (_moved && _fileBytes > _pieceBytes)
        {
            ReadAhead();

            // Submitted at the end of the turn: before the caller goes to work on what is here.
            await ShardPause.WaitAsync(_file.Loop);
        }

        _moved = true;
        return DerCode.Success;
    }

    /// <summary>Waits until the device no longer writes into the memory, and holds nothing: what comes next is read anew.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    internal async ValueTask DrainAsync()
    {
        _holds = false;
        while (_ahead.TryDequeue(out LogPiece? piece))
        {
            await piece.WaitAsync();
            _idle.Push(piece);
        }
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _current.Dispose();
        foreach (LogPiece piece in _idle)
        {
            piece.Dispose();
        }
    }

    // A block that begins in a piece but does not end in it is read again, whole, with the next one.
    private void ReadAhead()
    {
        LogPiece last = _current;
        foreach (LogPiece piece in _ahead)
        {
            last = piece;
        }

        while (_ahead.Count < AheadMax)
        {
            long start = last.Start + last.Length >= _fileBytes
                ? LogGeometry.RingOffset
                : last.Start + last.Length - _geometry.BlockBytesMax + LogBlockDf.AlignBytes;
            last = _idle.TryPop(out LogPiece? idle) ? idle : new LogPiece(_file, _pieceBytes);
            last.Read(start, LengthFrom(start));
            _ahead.Enqueue(last);
        }
    }

    private int LengthFrom(long offset) => (int)Math.Min(_pieceBytes, _fileBytes - offset);

    private bool IsInside(long offset, LogPiece piece) =>
        offset >= piece.Start && Math.Min(offset + _geometry.BlockBytesMax, _fileBytes) <= piece.Start + piece.Length;
}
