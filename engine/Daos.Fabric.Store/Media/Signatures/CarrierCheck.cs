using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Reactor;

namespace Daos.Fabric.Store.Media.Signatures;

/// <summary>
/// Before a file or device that was there already is formatted: what it holds, by <see cref="KnownSignatures"/>, is a reason to refuse; with force
/// it is wiped, so that nobody takes the store for it later. Creation only.
/// </summary>
internal sealed class CarrierCheck : IDisposable
{
    private readonly NativeSlab _head = new(KnownSignatures.HeadBytes);
    private readonly NativeSlab _tail = new(KnownSignatures.TailBytes);

    /// <summary>DER_EXIST with a sentence when one of them holds something; DER_IO. Nothing is written before all were looked at.</summary>
    /// <param name="carriers">The roles' files; those that were made just now, and blobs, are passed over.</param>
    /// <param name="options">Of the store to be made.</param>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal static async ValueTask<DerCode> RunAsync(
        IReadOnlyList<(MediaPlace Place, MediaFile File)> carriers, StoreOptions options)
    {
        using var check = new CarrierCheck();
        DerCode code = DerCode.Success;
        for (int i = 0; i < carriers.Count && code.IsSuccess && !options.Force; i++)
        {
            code = carriers[i].Place.IsTaken ? await check.LookAsync(carriers[i].File, options.Report) : code;
        }

        for (int i = 0; i < carriers.Count && code.IsSuccess && options.Force; i++)
        {
            code = carriers[i].Place.IsTaken ? await check.WipeAsync(carriers[i].File, options.Report) : code;
        }

        return code;
    }

    /// <summary>The same for one file or device: looked at, or wiped when forced.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal static async ValueTask<DerCode> RunAsync(MediaFile file, bool force, StoreReport report)
    {
        using var check = new CarrierCheck();
        return force ? await check.WipeAsync(file, report) : await check.LookAsync(file, report);
    }

    /// <summary>Frees the buffers.</summary>
    public void Dispose()
    {
        _head.Dispose();
        _tail.Dispose();
    }

    private static unsafe nint AddressOf(NativeSlab slab) => (nint)slab.Address;

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> LookAsync(MediaFile file, StoreReport report)
    {
        DerResult<long> length = file.Length;
        (int head, long tailAt, int tail) = Windows(length.IsSuccess ? length.Value : 0);
        DerCode code = length.Code;
        code = code.IsSuccess && head > 0 ? await file.ReadAsync(AddressOf(_head), head, 0) : code;
        code = code.IsSuccess && tail > 0 ? await file.ReadAsync(AddressOf(_tail), tail, tailAt) : code;
        if (code.IsError)
        {
            return report.Fail(code, $"{file.Path} cannot be read: {code.Text}. Check the device.");
        }

        string? found = Find(length.Value, head, tailAt, tail);
        return found is null
            ? DerCode.Success
            : report.Fail(
                DerCode.Exists, $"{file.Path} holds {found}. Nothing was written. Choose another file or device, or force it if nothing there is needed.");
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> WipeAsync(MediaFile file, StoreReport report)
    {
        DerResult<long> length = file.Length;
        (int head, long tailAt, int tail) = Windows(length.IsSuccess ? length.Value : 0);
        Clear();
        DerCode code = length.Code;
        code = code.IsSuccess && head > 0 ? await file.WriteAsync(AddressOf(_head), head, 0) : code;
        code = code.IsSuccess && tail > 0 ? await file.WriteAsync(AddressOf(_tail), tail, tailAt) : code;
        return code.IsSuccess ? code : report.Fail(code, $"{file.Path} cannot be wiped: {code.Text}. Check the device.");
    }

    // Whole blocks; what lies behind the last whole one is no device's.
    private static (int Head, long TailAt, int Tail) Windows(long lengthBytes)
    {
        long whole = lengthBytes / DataExtent.BlockBytes * DataExtent.BlockBytes;
        int head = (int)Math.Min(KnownSignatures.HeadBytes, whole);
        int tail = (int)Math.Min(KnownSignatures.TailBytes, whole);
        return (head, whole - tail, tail);
    }

    private unsafe void Clear()
    {
        new Span<byte>(_head.Address, KnownSignatures.HeadBytes).Clear();
        new Span<byte>(_tail.Address, KnownSignatures.TailBytes).Clear();
    }

    private unsafe string? Find(long lengthBytes, int headBytes, long tailAt, int tailBytes)
    {
        var head = new ReadOnlySpan<byte>(_head.Address, headBytes);
        var tail = new ReadOnlySpan<byte>(_tail.Address, tailBytes);
        foreach (KnownSignature known in KnownSignatures.All)
        {
            for (int place = 0; place < known.Places; place++)
            {
                long offset = known.OffsetBytes + ((long)place * known.StepBytes);
                if (known.OffsetBytes >= 0 ? Holds(head, offset, known.Magic) : Holds(tail, lengthBytes + offset - tailAt, known.Magic))
                {
                    return known.What;
                }
            }
        }

        return null;
    }

    private static bool Holds(ReadOnlySpan<byte> window, long offset, byte[] magic) =>
        offset >= 0 && offset + magic.Length <= window.Length && window[(int)offset..].StartsWith(magic);
}
