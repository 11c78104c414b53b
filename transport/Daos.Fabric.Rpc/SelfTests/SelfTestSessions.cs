using Daos.Fabric.Rpc.Services;
using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.SelfTests;

/// <summary>
/// Answers OPEN, CALL and CLOSE on one context. A session belongs to the connection that opened it and ends with it, so that nothing stays
/// of a caller who died. Owned by the context's loop.
/// </summary>
internal sealed class SelfTestSessions(long bytesMax)
{
    private readonly List<SelfTestSession> _open = [];
    private uint _lastId;
    private long _takenBytes;

    /// <summary>Sessions open now.</summary>
    internal int Count => _open.Count;

    /// <summary>Memory of sessions that are open, or closed with calls still under way.</summary>
    internal long TakenBytes => _takenBytes;

    internal IEnumerable<RpcOperation> Operations =>
    [
        new RpcOperation(SelfTestOpcodes.Open.Index, "OPEN", SchedulingClass: 0, RpcFeatures.None, Open),
        new RpcOperation(SelfTestOpcodes.Call.Index, "CALL", SchedulingClass: 0, RpcFeatures.None, CallAsync),
        new RpcOperation(SelfTestOpcodes.Close.Index, "CLOSE", SchedulingClass: 0, RpcFeatures.None, Close),
    ];

    /// <summary>A connection ended, and its sessions with it.</summary>
    internal void Reap(RpcSession owner)
    {
        for (int i = _open.Count - 1; i >= 0; i--)
        {
            if (ReferenceEquals(_open[i].Owner, owner))
            {
                CloseAt(i);
            }
        }
    }

    /// <summary>The context ends; no call is under way any more.</summary>
    internal void CloseAll()
    {
        for (int i = _open.Count - 1; i >= 0; i--)
        {
            CloseAt(i);
        }
    }

    private ValueTask Open(RpcRequest request)
    {
        var reader = new WireReader(request.Payload);
        SelfTestShape shape = SelfTestShape.Read(ref reader);
        int buffers = reader.ReadUInt16();
        reader.ReadPadding8();
        if (!reader.IsComplete || buffers is 0 or > SelfTestLimits.InFlightMax)
        {
            request.Reply(DerCode.Protocol);
        }
        else if (_open.Count == SelfTestLimits.SessionsMax)
        {
            request.Reply(DerCode.Busy);
        }
        else if (_takenBytes + SelfTestSession.BytesOf(shape, buffers) > bytesMax)
        {
            request.Reply(DerCode.NoMemory);
        }
        else
        {
            var session = new SelfTestSession(++_lastId, request.Session, shape, buffers);
            _open.Add(session);
            _takenBytes += session.MemoryBytes;
            var writer = new WireWriter(request.BeginReply(SelfTestRequest.HeadBytes));
            writer.WriteUInt32(session.Id);
            writer.Align8();
            request.EndReply(writer.Position, DerCode.Success);
        }

        return default;
    }

    private ValueTask Close(RpcRequest request)
    {
        SelfTestSession? session = request.PayloadBytes == SelfTestRequest.HeadBytes ? Find(request) : null;
        if (session is not null)
        {
            CloseAt(_open.IndexOf(session));
        }

        request.Reply(session is null ? DerCode.Nonexist : DerCode.Success);
        return default;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask CallAsync(RpcRequest request)
    {
        SelfTestSession? session = Find(request);
        DerCode code = session is null ? DerCode.Nonexist : Check(session.Shape, request);
        int buffer = code.IsSuccess ? session!.TryTake() : -1;
        if (buffer < 0)
        {
            request.Reply(code.IsError ? code : DerCode.Busy);
            return;
        }

        if (session!.Shape.Send == SelfTestTransfer.Bulk)
        {
            code = await GetAsync(request, session, buffer);
        }

        if (code.IsSuccess && session.Shape.Reply == SelfTestTransfer.Bulk)
        {
            code = await PutAsync(request, session, buffer);
        }

        Answer(request, session, buffer, code);
        if (session.Return(buffer))
        {
            Free(session);
        }
    }

    private static unsafe DerCode Check(in SelfTestShape shape, RpcRequest request)
    {
        if (request.PayloadBytes < SelfTestRequest.SizeBytes(shape))
        {
            return DerCode.Protocol;
        }

        if (shape.HasBulk)
        {
            byte* handle = request.PayloadAddress + SelfTestRequest.HeadBytes;
            if (!RemoteBulk.TryRead(handle, request.PayloadBytes - SelfTestRequest.HeadBytes, out RemoteBulk bulk)
                || request.PayloadBytes != SelfTestRequest.HeadBytes + bulk.SizeBytes + shape.InlineSendBytes)
            {
                return DerCode.Protocol;
            }
        }
        else if (request.PayloadBytes != SelfTestRequest.SizeBytes(shape))
        {
            return DerCode.Protocol;
        }

        return shape.InlineReplyBytes > request.ReplyBytesMax ? DerCode.Overflow : DerCode.Success;
    }

    private static unsafe ValueTask<DerCode> GetAsync(RpcRequest request, SelfTestSession session, int buffer) =>
        request.Get(BulkOf(request), 0, session.AddressOf(buffer), session.Shape.SendBytes).Task;

    private static unsafe ValueTask<DerCode> PutAsync(RpcRequest request, SelfTestSession session, int buffer) =>
        request.Put(BulkOf(request), 0, session.AddressOf(buffer), session.Shape.ReplyBytes).Task;

    // Checked before anything was moved; the request keeps its bytes.
    private static unsafe RemoteBulk BulkOf(RpcRequest request)
    {
        bool isGood = RemoteBulk.TryRead(
            request.PayloadAddress + SelfTestRequest.HeadBytes, request.PayloadBytes - SelfTestRequest.HeadBytes, out RemoteBulk bulk);
        Invariant.Check(isGood);
        return bulk;
    }

    private static unsafe void Answer(RpcRequest request, SelfTestSession session, int buffer, DerCode code)
    {
        int bytes = code.IsSuccess ? session.Shape.InlineReplyBytes : 0;
        Span<byte> room = request.BeginReply(bytes);
        if (bytes > 0)
        {
            new ReadOnlySpan<byte>(session.AddressOf(buffer), bytes).CopyTo(room);
        }

        request.EndReply(bytes, code);
    }

    private SelfTestSession? Find(RpcRequest request)
    {
        uint id = SelfTestRequest.SessionOf(request.Payload);
        foreach (SelfTestSession session in _open)
        {
            if (session.Id == id && ReferenceEquals(session.Owner, request.Session))
            {
                return session;
            }
        }

        return null;
    }

    private void CloseAt(int index)
    {
        SelfTestSession session = _open[index];
        _open.RemoveAt(index);
        if (session.Close())
        {
            Free(session);
        }
    }

    private void Free(SelfTestSession session)
    {
        _takenBytes -= session.MemoryBytes;
        session.Dispose();
    }
}
