using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Engine.Objects;

/// <summary>Writes the reply to a fetch into the outgoing stream: per akey its size, what exists of it and its checksums, then inline values.</summary>
internal static class FetchReplying
{
    /// <summary>Replies; nothing may have been awaited since the values were resolved, held or gathered.</summary>
    internal static void Reply(RpcRequest request, in ObjectIoRequest message, FetchPlan plan, DerCode code, Epoch epoch, bool sizesOnly)
    {
        bool isInline = !message.Memory.IsValid && !sizesOnly;
        long bytes = FetchReplyWire.SizeBytes + (isInline ? plan.TotalBytes : 0);
        int value = 0;
        foreach (Iod iod in message)
        {
            FetchIodWire wire = Describe(in iod, plan, value, sizesOnly);
            bytes += FetchReplyWriter.IodBytes((int)wire.MapCount, (int)wire.ChecksumWords);
            value += ValuesOf(in iod);
        }

        if (bytes > ProtocolLimits.PayloadBytesMax)
        {
            // Too many fragments for one answer: the client asks for less at once.
            request.Reply(DerCode.Overflow);
            return;
        }

        var writer = new FetchReplyWriter(request.BeginReply((int)bytes), epoch);
        value = 0;
        foreach (Iod iod in message)
        {
            FetchIodWire wire = Describe(in iod, plan, value, sizesOnly);
            writer.AddIod(in wire, out Span<Recx> map, out Span<uint> checksums);
            FillMap(in iod, plan, value, map);
            FillChecksums(plan, value, checksums);
            value += ValuesOf(in iod);
        }

        if (isInline)
        {
            AddValues(request, plan, ref writer);
        }

        Invariant.Check(!writer.Failed);
        request.EndReply(writer.LengthBytes, code);
    }

    private static unsafe void AddValues(RpcRequest request, FetchPlan plan, ref FetchReplyWriter writer)
    {
        for (int value = 0; value < plan.Count; value++)
        {
            fixed (byte* room = writer.TakeValue((int)plan.ValueBytes(value)))
            {
                plan.CopyTo(value, room);
                ObjectFaults.CorruptFetched(request, room, plan.ValueBytes(value));
            }
        }
    }

    private static FetchIodWire Describe(in Iod iod, FetchPlan plan, int first, bool sizesOnly)
    {
        var wire = new FetchIodWire();
        int words = 0;
        bool alike = true;
        for (int value = first; value < first + ValuesOf(in iod); value++)
        {
            wire.RecordBytes = Math.Max(wire.RecordBytes, (ulong)plan.RecordBytes(value));
            wire.ValueBytes += (ulong)plan.ValueBytes(value);
            wire.MapCount += iod.Type == IodType.Array ? CountRuns(plan, value) : 0;
            words += plan.Checksums(value).Length;
            alike &= plan.ChecksumTypeOf(value) == plan.ChecksumTypeOf(first) && plan.ChunkBytesOf(value) == plan.ChunkBytesOf(first);
        }

        // Ranges that were written with different chunks share no description; the client then goes without.
        if (alike && !sizesOnly && words > 0)
        {
            wire.ChecksumType = (byte)plan.ChecksumTypeOf(first);
            wire.ChunkBytes = plan.ChunkBytesOf(first);
            wire.ChecksumWords = (uint)words;
        }

        return wire;
    }

    private static uint CountRuns(FetchPlan plan, int value)
    {
        uint runs = 0;
        while (plan.TryGetRun(value, (int)runs, out _, out _))
        {
            runs++;
        }

        return runs;
    }

    private static void FillMap(in Iod iod, FetchPlan plan, int first, Span<Recx> map)
    {
        int filled = 0;
        for (int value = first; value < first + ValuesOf(in iod) && filled < map.Length; value++)
        {
            for (int run = 0; plan.TryGetRun(value, run, out ulong index, out ulong count); run++)
            {
                map[filled++] = new Recx(index, count);
            }
        }
    }

    private static void FillChecksums(FetchPlan plan, int first, Span<uint> checksums)
    {
        for (int value = first; checksums.Length > 0; value++)
        {
            ReadOnlySpan<uint> part = plan.Checksums(value);
            part.CopyTo(checksums);
            checksums = checksums[part.Length..];
        }
    }

    private static int ValuesOf(in Iod iod) => iod.Type == IodType.Single ? 1 : iod.Recxs.Length;
}
