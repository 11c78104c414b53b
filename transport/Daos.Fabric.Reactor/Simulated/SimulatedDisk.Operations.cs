using Daos.Fabric.Core.Faults;

namespace Daos.Fabric.Reactor.Simulated;

/// <summary>The moments at which an operation starts and at which the device does its work.</summary>
public sealed unsafe partial class SimulatedDisk
{
    internal void StartRead(SimulatedRequest request) => Schedule(request, Options.LatencyMinNs, Options.LatencyMaxNs);

    internal void StartWrite(SimulatedRequest request)
    {
        bool durable = request.Mode == WriteMode.Durable;
        Schedule(request, durable ? Options.FlushMinNs : Options.LatencyMinNs, durable ? Options.FlushMaxNs : Options.LatencyMaxNs);
    }

    internal void StartFlush(SimulatedRequest request)
    {
        request.FlushPoint = request.Open!.File.FlushPoint;
        Schedule(request, Options.FlushMinNs, Options.FlushMaxNs);
    }

    internal void DoRead(SimulatedRequest request)
    {
        if (Holds(request))
        {
            return;
        }

        MediaFaultKind? fault = Draw(MediaOperation.Read, request);
        if (!IsAligned(request))
        {
            request.Finish(-Errno.Invalid);
        }
        else if (fault == MediaFaultKind.Interrupted)
        {
            request.Finish(-Errno.Interrupted);
        }
        else if (_random.Chance(Options.ReadErrorChance) || fault == MediaFaultKind.ReadError)
        {
            request.Finish(-Errno.InputOutput);
        }
        else
        {
            int length = DrawLength(request.LengthBytes, fault == MediaFaultKind.ReadShort ? 1 : Options.ShortReadChance);
            long offset = fault == MediaFaultKind.ReadMisdirected ? OtherPlace(request) : request.OffsetBytes;
            var destination = new Span<byte>(request.Memory, length);
            SimulatedFile file = request.Open!.File;
            int count = HidesDamage ? file.ReadPristine(offset, destination) : file.Read(offset, destination);
            if (fault == MediaFaultKind.ReadFlipped && count > 0)
            {
                destination[_faultRandom.Next(count)] ^= (byte)(1 << _faultRandom.Next(8));
            }

            request.Finish(count);
        }
    }

    internal void DoWrite(SimulatedRequest request)
    {
        if (Holds(request))
        {
            return;
        }

        SimulatedFile file = request.Open!.File;
        long growthBytes = request.OffsetBytes + request.LengthBytes - file.LengthBytes;
        bool fails = _random.Chance(Options.WriteErrorChance) || FaultRegistry.Fires(_node.Faults, FaultPoint.MediaWriteError);
        bool noSpace = (growthBytes > 0 && (file.IsDevice || !HasRoom(growthBytes))) || FaultRegistry.Fires(_node.Faults, FaultPoint.MediaNoSpace);
        MediaFaultKind? fault = Draw(MediaOperation.Write, request);
        if (!IsAligned(request) || request.Open.Mode == FileAccessMode.ReadOnly)
        {
            request.Finish(-Errno.Invalid);
        }
        else if (fault == MediaFaultKind.Interrupted)
        {
            request.Finish(-Errno.Interrupted);
        }
        else if (noSpace || fault == MediaFaultKind.WriteNoSpace)
        {
            request.Finish(-Errno.NoSpace);
        }
        else if (fails || fault == MediaFaultKind.WriteError)
        {
            if (_random.Chance(0.5))
            {
                file.Write(request.OffsetBytes, CopyMemory(request, DrawLength(request.LengthBytes, 0.5)));
                Record("failed write", request);
            }

            request.Finish(-Errno.InputOutput);
        }
        else
        {
            int length = DrawLength(request.LengthBytes, fault == MediaFaultKind.WriteShort ? 1 : Options.ShortWriteChance);
            request.Finish(Store(request, length, fault) ? length : -Errno.InputOutput);
        }
    }

    internal void DoFlush(SimulatedRequest request)
    {
        if (Holds(request))
        {
            return;
        }

        SimulatedFile file = request.Open!.File;
        MediaFaultKind? fault = Draw(MediaOperation.Flush, request);
        if (fault == MediaFaultKind.Interrupted)
        {
            request.Finish(-Errno.Interrupted);
            return;
        }

        if (_random.Chance(Options.FlushErrorChance))
        {
            file.FailFlush(request.FlushPoint, _random);
            request.Finish(-Errno.InputOutput);
            return;
        }

        if (fault is MediaFaultKind.FlushError or MediaFaultKind.FlushLost)
        {
            file.LoseCovered(request.FlushPoint);
            request.Finish(fault == MediaFaultKind.FlushError ? -Errno.InputOutput : 0);
            return;
        }

        if (!FaultRegistry.Fires(_node.Faults, FaultPoint.MediaFlushIgnored))
        {
            file.Flush(request.FlushPoint);
        }

        Record("flush", request);
        request.Finish(0);
    }

    internal void StartTrim(SimulatedRequest request) => Schedule(request, Options.LatencyMinNs, Options.LatencyMaxNs);

    // What was given back reads as zeros or as garbage from now on, and after a power cut as that or as before.
    internal void DoTrim(SimulatedRequest request)
    {
        if (Holds(request))
        {
            return;
        }

        MediaFaultKind? fault = Draw(MediaOperation.Trim, request);
        if (fault is not null || !IsAligned(request) || request.Open!.Mode == FileAccessMode.ReadOnly)
        {
            request.Finish(fault switch
            {
                MediaFaultKind.TrimError => -Errno.InputOutput,
                MediaFaultKind.TrimUnknown => -Errno.NotSupported,
                _ => -Errno.Invalid,
            });
            return;
        }

        long length = Math.Min(request.LengthBytes, request.Open.File.LengthBytes - request.OffsetBytes);
        if (length > 0)
        {
            byte[] bytes = new byte[length];
            bytes.AsSpan().Fill((byte)(_random.Chance(0.5) ? 0 : TrimmedByte));
            request.Write = request.Open.File.Write(request.OffsetBytes, bytes);
            TrimmedBytes += length;
            Record("trim", request);
        }

        request.Finish(0);
    }

    // The bytes reach the cache, or what a lying device makes of them; false when the flush half of a durable write failed.
    private bool Store(SimulatedRequest request, int length, MediaFaultKind? fault)
    {
        SimulatedFile file = request.Open!.File;
        byte[] bytes = CopyMemory(request, length);
        byte[]? shown = fault is { } kind ? ShownAfter(kind, request, bytes) : null;
        request.Write = file.Write(request.OffsetBytes, bytes);
        if (shown is not null)
        {
            file.Show(request.OffsetBytes, shown);
        }

        if (request.Mode != WriteMode.Durable)
        {
            Record("write", request);
            return true;
        }

        MediaFaultKind? flush = Draw(MediaOperation.Flush, request);
        if (flush is MediaFaultKind.FlushError or MediaFaultKind.FlushLost)
        {
            file.Lose(request.Write);
            request.Write = null;
            return flush == MediaFaultKind.FlushLost;
        }

        // Before its flush half the write is one that a power cut may take.
        Record("write", request);
        if (!FaultRegistry.Fires(_node.Faults, FaultPoint.MediaFlushIgnored))
        {
            file.Stabilise(request.Write);
        }

        Record("durable write", request);
        return true;
    }

    // What reads see afterwards instead of the bytes; null when they see the bytes.
    private byte[]? ShownAfter(MediaFaultKind kind, SimulatedRequest request, byte[] bytes)
    {
        SimulatedFile file = request.Open!.File;
        byte[] former = new byte[bytes.Length];
        file.Read(request.OffsetBytes, former);
        byte[] shown = (byte[])bytes.Clone();
        switch (kind)
        {
            case MediaFaultKind.WriteDropped:
                return former;
            case MediaFaultKind.WriteMisdirected:
                file.Show(OtherPlace(request), bytes);
                return former;
            case MediaFaultKind.WriteTornSector or MediaFaultKind.WriteTornBlock:
                int unit = kind == MediaFaultKind.WriteTornSector ? SectorOverlay.SectorBytes : AlignBytes;
                int cut = _faultRandom.Next(Math.Max(1, bytes.Length / unit)) * unit;
                bool keepsHead = _faultRandom.Chance(0.5);
                former.AsSpan(keepsHead ? cut.. : ..cut).CopyTo(shown.AsSpan(keepsHead ? cut.. : ..cut));
                return shown;
            case MediaFaultKind.WriteFlipped:
                shown[_faultRandom.Next(bytes.Length)] ^= (byte)(1 << _faultRandom.Next(8));
                return shown;
            case MediaFaultKind.WriteZeroed:
                int sector = _faultRandom.Next(bytes.Length / SectorOverlay.SectorBytes) * SectorOverlay.SectorBytes;
                shown.AsSpan(sector, SectorOverlay.SectorBytes).Clear();
                return shown;
            default:
                return null;
        }
    }

    // Short transfers end at a block, as they do with direct I/O.
    private int DrawLength(int lengthBytes, double shortChance) =>
        lengthBytes > AlignBytes && _random.Chance(shortChance)
            ? (1 + _random.Next((lengthBytes - 1) / AlignBytes)) * AlignBytes
            : lengthBytes;

    private void Schedule(SimulatedRequest request, long minNs, long maxNs)
    {
        long max = _random.Chance(Options.SlowChance) ? Math.Max(maxNs, Options.SlowMaxNs) : maxNs;
        long delay = minNs + _random.Next(Math.Max(1, max - minNs + 1));
        _node.World.Schedule(request, delay + DrawDelay(request));
    }
}
