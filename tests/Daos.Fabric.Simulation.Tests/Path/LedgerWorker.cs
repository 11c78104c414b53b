using System.Buffers.Binary;
using Daos.Fabric.Client.Arrays;

namespace Daos.Fabric.Simulation.Tests.Path;

/// <summary>
/// Writes, removes and reads keys and array cells that only it touches, and checks every read against the ledger. One ULT of the client's
/// loop.
/// </summary>
internal sealed class LedgerWorker
{
    private const int KeyCount = 6;
    private const int CellBytes = 8192;

    private readonly int _index;
    private readonly KeyValueSession _values;
    private readonly ArraySession _array;
    private readonly SeededRandom _random;
    private readonly Ledger[] _keys;
    private readonly Ledger[] _cells;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private ulong _version;

    internal LedgerWorker(int index, ContainerSession container, SeededRandom random)
    {
        _index = index;
        _random = random;
        _values = container.OpenKeyValue(ObjectNames.ToObjectId("values", ObjectType.KeyValueHashed));
        _array = container.OpenArray(ObjectNames.ToObjectId("cells", ObjectType.ArrayByte), CellBytes, 4);
        _keys = [.. Enumerable.Range(0, KeyCount).Select(i => new Ledger($"worker {index} key {i}"))];
        _cells = [.. Enumerable.Range(0, KeyCount).Select(i => new Ledger($"worker {index} cell {i}"))];
    }

    /// <summary>Modifications acknowledged.</summary>
    internal int Acknowledged { get; private set; }

    /// <summary>Modifications whose outcome stayed unknown.</summary>
    internal int Unknown { get; private set; }

    /// <summary>Reads that agreed with the ledger.</summary>
    internal int ReadsChecked { get; private set; }

    /// <summary>Works until told to stop.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    internal async ValueTask WorkAsync(Func<bool> stop)
    {
        while (!stop())
        {
            int i = _random.Next(KeyCount);
            switch (_random.Next(6))
            {
                case 0 or 1:
                    await PutAsync(i);
                    break;
                case 2:
                    await WriteCellAsync(i);
                    break;
                case 3:
                    await RemoveAsync(i);
                    break;
                case 4:
                    await CheckKeyAsync(i);
                    break;
                default:
                    await CheckCellAsync(i);
                    break;
            }
        }
    }

    /// <summary>Reads everything once more.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    internal async ValueTask CheckAllAsync()
    {
        for (int i = 0; i < KeyCount; i++)
        {
            await CheckKeyAsync(i);
            await CheckCellAsync(i);
        }
    }

    private static void Fill(Span<byte> destination, ulong version)
    {
        new SeededRandom(version).Fill(destination);
        BinaryPrimitives.WriteUInt64LittleEndian(destination, version);
    }

    private byte[] KeyOf(int i) => BitConverter.GetBytes(((long)_index << 32) | (uint)i);

    private ulong CellOf(int i) => (ulong)((_index * KeyCount) + i);

    // From inside a page to several pages: inline and in the arena, in data extents, and by bulk above the eager limit.
    private int LengthOf(ulong version) => new[] { 16, 700, 5_000, 30_000 }[(int)(version % 4)];

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask PutAsync(int i)
    {
        ulong version = NextVersion();
        byte[] value = new byte[LengthOf(version)];
        Fill(value, version);
        Note(_keys[i], version, await _values.PutAsync(KeyOf(i), value));
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask WriteCellAsync(int i)
    {
        ulong version = NextVersion();
        byte[] cell = new byte[CellBytes];
        Fill(cell, version);
        Note(_cells[i], version, await _array.WriteAsync(CellOf(i), cell));
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask RemoveAsync(int i) => Note(_keys[i], 0, await _values.RemoveAsync(KeyOf(i)));

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask CheckKeyAsync(int i)
    {
        DerResult<int> read = await _values.GetAsync(KeyOf(i), _buffer);
        if (read.Code == DerCode.Nonexist)
        {
            Judge(_keys[i], 0, whole: true);
        }
        else if (read.IsSuccess)
        {
            ulong version = BinaryPrimitives.ReadUInt64LittleEndian(_buffer);
            Judge(_keys[i], version, read.Value == LengthOf(version) && IsWhole(read.Value, version));
        }
        else
        {
            NoteRead(read.Code);
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask CheckCellAsync(int i)
    {
        DerResult<int> read = await _array.ReadAsync(CellOf(i), _buffer.AsMemory(0, CellBytes));
        if (read.IsSuccess)
        {
            ulong version = read.Value == 0 ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(_buffer);
            Judge(_cells[i], version, read.Value == 0 || (read.Value == CellBytes && IsWhole(CellBytes, version)));
        }
        else
        {
            NoteRead(read.Code);
        }
    }

    private bool IsWhole(int lengthBytes, ulong version)
    {
        byte[] expected = new byte[lengthBytes];
        Fill(expected, version);
        return expected.AsSpan().SequenceEqual(_buffer.AsSpan(0, lengthBytes));
    }

    private ulong NextVersion() => ((ulong)(_index + 1) << 32) | ++_version;

    private void Note(Ledger ledger, ulong version, DerCode code)
    {
        if (code.IsSuccess)
        {
            Acknowledged++;
            ledger.Acknowledge(version);
        }
        else if (code == DerCode.TimedOut || code == DerCode.Unreachable || code == DerCode.Shutdown || code == DerCode.InProgress)
        {
            Unknown++;
            ledger.LeaveOpen(version);
        }
        else
        {
            throw new InvalidOperationException($"{ledger.Name}: a modification failed with {code}");
        }
    }

    private static void NoteRead(DerCode code)
    {
        if (code != DerCode.TimedOut && code != DerCode.Unreachable && code != DerCode.Shutdown)
        {
            throw new InvalidOperationException($"a read failed with {code}");
        }
    }

    private void Judge(Ledger ledger, ulong version, bool whole)
    {
        if (!whole || !ledger.Allows(version))
        {
            throw new InvalidOperationException($"{ledger.Name}: found {version:x}{(whole ? "" : ", torn")}, expected {ledger.Expected}");
        }

        ReadsChecked++;
    }
}
