using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Format;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store;

/// <summary>The headers of log and data: checked at opening, and raised to each new generation together with the superblock.</summary>
public sealed partial class StoreShard
{
    /// <summary>Generation of a store that was never opened.</summary>
    internal const ulong FirstGeneration = 1;

    private MediaFile? _headerData;

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> CheckHeaderAsync(MediaFile file, uint role)
    {
        using var block = new NativeSlab(FileHeaderDf.BlockBytes);
        DerCode code = await file.ReadAsync(AddressOf(block), FileHeaderDf.BlockBytes, 0);
        if (code.IsError)
        {
            return Options.Report.Fail(code, $"The header of {file.Path} cannot be read: {code.Text}. Check the device.");
        }

        return ComplaintAbout(block, role) is { } complaint
            ? Options.Report.Fail(DerCode.DfInval, $"{file.Path} {complaint}")
            : DerCode.Success;
    }

    // Three steps: the superblock with its own generation raised, the headers, the superblock with theirs. In between, and after crashes there, a
    // header may have any generation from theirs to its; otherwise exactly that one. So an old copy is told from what a crash left behind.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> RaiseGenerationAsync(ulong end, long logFileBytes)
    {
        _superblock!.Values.Generation++;
        _superblock.Values.GenerationStart = end;
        DerCode code = await _superblock.WriteAsync(_metaFile!);
        PersistProbe.Reach(Options.OnPersist, PersistPoint.BeforeHeadersRaise);
        code = code.IsSuccess ? await WriteHeaderAsync(_logFile!, FileHeaderDf.RoleLog, logFileBytes) : code;
        code = code.IsSuccess ? await WriteHeaderAsync(_headerData!, FileHeaderDf.RoleData, (long)_superblock.Values.DataBytes) : code;
        PersistProbe.Reach(Options.OnPersist, PersistPoint.AfterHeadersRaise);
        if (code.IsSuccess)
        {
            _superblock.Values.HeaderGeneration = _superblock.Values.Generation;
            code = await _superblock.WriteAsync(_metaFile!);
        }

        return code.IsSuccess
            ? code
            : Options.Report.Fail(code, $"The new generation of {Options.Path} cannot be written: {code.Text}. Check the device of {_metaFile!.Path}, {_logFile!.Path} and {_headerData!.Path}.");
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> WriteHeaderAsync(MediaFile file, uint role, long fileBytes)
    {
        using var block = new NativeSlab(FileHeaderDf.BlockBytes);
        FillHeader(block, role, fileBytes);
        return await file.WriteAsync(AddressOf(block), FileHeaderDf.BlockBytes, 0, WriteMode.Durable);
    }

    private unsafe void FillHeader(NativeSlab block, uint role, long fileBytes)
    {
        new Span<byte>(block.Address, FileHeaderDf.BlockBytes).Clear();
        FileHeaderDf.Write(block.Address, role, _superblock!.Values.Id, fileBytes, _superblock.Values.Generation);
    }

    private unsafe string? ComplaintAbout(NativeSlab block, uint role) =>
        FileHeaderCheck.Complaint(block.Address, role, in _superblock!.Values, _metaFile!.Path);
}
