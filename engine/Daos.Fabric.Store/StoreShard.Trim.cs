using Daos.Fabric.Store.Media;
using Daos.Fabric.Store.Media.Trimming;

namespace Daos.Fabric.Store;

/// <summary>Giving freed data blocks back to the file system or device, long after they became free.</summary>
public sealed partial class StoreShard
{
    // One at a time, and so many in a row at most, so that a device that takes long for it serves requests in between.
    private const int TrimsPerTick = 8;
    private const long TrimTickMinNs = 1_000_000;
    private const long TrimTickMaxNs = 1_000_000_000;

    private ShardTimer? _trimTimer;
    private bool _trimming;
    private long _trimmedBytes;
    private long _failedTrims;

    private bool TrimsData => Options.DataTrim switch
    {
        TrimMode.Always => !Options.IsVolatile,
        TrimMode.Devices => !Options.IsVolatile && _files!.IsDevice(_files.Data),
        _ => false,
    };

    private void StartTrimming()
    {
        if (!TrimsData)
        {
            return;
        }

        long delayNs = Options.DataTrimDelayMs * 1_000_000L;
        DataSpace.StartTrims(Options.DataTrimRegionBlocks, delayNs);
        _trimTimer = new ShardTimer(Loop, Math.Clamp(delayNs / 4, TrimTickMinNs, TrimTickMaxNs), TrimSome);
        _trimTimer.Start();
    }

    private void TrimSome()
    {
        if (!_trimming && _state.IsSuccess)
        {
            _trimming = true;
            _background++;
            Loop.Spawn(TrimAsync());
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask TrimAsync()
    {
        for (int i = 0; i < TrimsPerTick && _state.IsSuccess && DataSpace.TryTakeTrim(out DataExtent run); i++)
        {
            PersistProbe.Reach(Options.OnPersist, PersistPoint.BeforeDataTrim);
            DerCode code = await FileTrim.RunAsync(Loop, DataFile.Handle, run.OffsetBytes, run.LengthBytes);
            PersistProbe.Reach(Options.OnPersist, PersistPoint.AfterDataTrim);
            DataSpace.ReturnTrimmed(run);
            _trimmedBytes += code.IsSuccess ? run.LengthBytes : 0;
            _failedTrims += code.IsSuccess ? 0 : 1;
            if (code == DerCode.NotSupported)
            {
                StopTrimming();
                Options.Report.Notice?.Invoke($"{DataFile.Path} cannot give back freed blocks; that is not tried again until it is opened anew.");
            }
        }

        _trimming = false;
        _background--;
    }

    private void StopTrimming()
    {
        _trimTimer?.Stop();
        DataSpace.StopTrims();
    }
}
