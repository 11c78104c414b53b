using Daos.Fabric.Core.Faults;
using Daos.Fabric.Rpc.Services;
using Daos.Fabric.Rpc.Swim;
using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.Dispatch;

/// <summary>
/// Takes well-formed requests: finds the operation, takes a slot, queues the request to the loop under its class. Owned by the context's
/// loop.
/// </summary>
internal sealed unsafe class RequestDispatcher(RpcContext context)
{
    private readonly RpcRequest[] _idle = new RpcRequest[context.Options.RequestSlots];
    private readonly List<RpcRequest> _all = [];
    private readonly OverloadQueue _sentAway = new();
    private readonly bool[]? _tags = TagsOf(context.Options.Tags);
    private int _idleCount;

    internal OpcodeTable Table { get; } = new();

    /// <summary>Requests queued or handled now.</summary>
    internal int Active => _all.Count - _idleCount;

    internal void OnRequest(RpcSession session, in RpcHeaderWire header, ulong ticket, in InboundMessage message)
    {
        if (header.Opcode == InternalOpcodes.Cancel.Value)
        {
            OnCancel(session, header);
            return;
        }

        context.Statistics.RequestsReceived++;
        DerCode code = Check(header, out RpcOperation? operation);
        if (code.IsError)
        {
            Answer(session, header, code);
            return;
        }

        ModificationInfo modification = default;
        if ((header.Flags & (ushort)RpcFlags.Modification) != 0
            && !ModificationWire.TryRead(message.Span.Slice(header.PlaceEndBytes, ModificationWire.SizeBytes), out modification))
        {
            context.CloseMalformed(session.Connection);
            return;
        }

        LargePayloadWire large = default;
        if ((header.Flags & (ushort)RpcFlags.Large) != 0 && !LargePayloadWire.TryRead(message.Span[header.HeadBytes..], out large))
        {
            context.CloseMalformed(session.Connection);
            return;
        }

        if (session.RequestCount >= context.Options.RequestsPerConnectionMax)
        {
            // The connection has more than its share; no place is kept for the rest.
            context.Statistics.RequestsOverloaded++;
            AnswerOverload(session, header, RpcLimits.OverloadRetryMs, ticket: 0);
            return;
        }

        if (FaultRegistry.Fires(context.Options.Faults, FaultPoint.RpcSlotsExhausted)
            || !IsItsTurn(session, ticket) || TryRent() is not { } request)
        {
            SendAway(session, header, ticket);
            return;
        }

        if ((header.Flags & (ushort)RpcFlags.Large) != 0 && request.TryPrepare(large) is { IsError: true } lack)
        {
            _idle[_idleCount++] = request;
            if (lack == DerCode.OverloadRetry)
            {
                SendAway(session, header, ticket);
            }
            else
            {
                Answer(session, header, lack);
            }

            return;
        }

        request.Start(session, operation!, header, modification, message);
        context.Loop.Schedule(request);
        operation!.Arrived?.Invoke(request);
    }

    /// <summary>The handler's task ended and the request let go of everything.</summary>
    internal void Return(RpcRequest request)
    {
        _idle[_idleCount++] = request;
        if (context.IsDisposed)
        {
            context.FreeWhenIdle();
        }
    }

    /// <summary>The context ends: nobody waits for replies any more.</summary>
    internal void CancelAll()
    {
        foreach (RpcRequest request in _all)
        {
            request.MarkCanceled();
        }
    }

    /// <summary>Writes a reply's header; the payload follows or stands behind it already.</summary>
    internal void WriteReplyHeader(
        RpcHeaderWire* reply, uint opcode, ulong rpcId, ushort tag, DerCode code, int payloadBytes, RpcFlags flags = RpcFlags.None) =>
        RpcHeaderWire.Write(
            reply, opcode, RpcFlags.Reply | flags, rpcId, context.Stamp(), context.Rank.Value, Rank.None.Value, tag, code.Value, payloadBytes,
            mapVersion: 0);

    private static void OnCancel(RpcSession session, in RpcHeaderWire header) => session.Find(header.RpcId)?.Cancel();

    private DerCode Check(in RpcHeaderWire header, out RpcOperation? operation)
    {
        DerCode code = Table.Find(new RpcOpcode(header.Opcode), out operation);
        if (code.IsError)
        {
            return code;
        }

        if ((header.DestinationRank != Rank.None.Value && header.DestinationRank != context.Rank.Value)
            || (_tags is not null && (header.Tag >= _tags.Length || !_tags[header.Tag])))
        {
            return DerCode.BadTarget;
        }

        if (context.Options.Node is { IsOpen: false } && new RpcOpcode(header.Opcode).Module is not (InternalOpcodes.ModuleId or SwimOpcodes.ModuleId))
        {
            // It is watched as soon as it is in the group, which may be before it serves.
            return DerCode.Uninitialized;
        }

        var flags = (RpcFlags)header.Flags;
        RpcFeatures features = operation!.Features;
        bool isOneWay = (flags & RpcFlags.OneWay) != 0;
        bool lacksInfo = (features & RpcFeatures.Modification) != 0 && (flags & RpcFlags.Modification) == 0;
        if (isOneWay != ((features & RpcFeatures.OneWay) != 0) || lacksInfo)
        {
            return DerCode.Protocol;
        }

        code = context.Hear(header.Hlc);
        return (features & RpcFeatures.ClockExempt) != 0 ? DerCode.Success : code;
    }

    private static bool[]? TagsOf(IReadOnlyList<ushort>? tags)
    {
        if (tags is null)
        {
            return null;
        }

        bool[] served = new bool[tags.Count == 0 ? 0 : tags.Max() + 1];
        foreach (ushort tag in tags)
        {
            served[tag] = true;
        }

        return served;
    }

    // Those who were sent away before have a part of the slots to themselves, oldest first.
    private bool IsItsTurn(RpcSession session, ulong ticket)
    {
        if (_sentAway.IsEmpty)
        {
            return true;
        }

        int slots = context.Options.RequestSlots;
        int before = _sentAway.Before(session, ticket, context.Loop.NowNs);
        if (slots - Active <= Math.Min(before, Math.Max(1, slots / RpcLimits.OverloadReserveDivisor)))
        {
            return false;
        }

        _sentAway.Leave(session, ticket);
        return true;
    }

    private void SendAway(RpcSession session, in RpcHeaderWire header, ulong ticket)
    {
        context.Statistics.RequestsOverloaded++;
        long nowNs = context.Loop.NowNs;
        int rounds = 1 + (_sentAway.Before(session, ticket, nowNs) / context.Options.RequestSlots);
        uint retryAfterMs = Math.Min((uint)rounds * RpcLimits.OverloadRetryMs, RpcLimits.OverloadRetryMsMax);
        if ((header.Flags & (ushort)RpcFlags.OneWay) == 0)
        {
            ticket = _sentAway.Keep(session, ticket, nowNs + (retryAfterMs * 1_000_000L * RpcLimits.OverloadPatience));
            context.Statistics.PlacesKept += ticket != 0 ? 1 : 0;
        }

        AnswerOverload(session, header, retryAfterMs, ticket);
    }

    // A reply without a slot.
    private void Answer(RpcSession session, in RpcHeaderWire header, DerCode code)
    {
        if ((header.Flags & (ushort)RpcFlags.OneWay) == 0 && !FaultRegistry.Fires(context.Options.Faults, FaultPoint.RpcReplyDropped))
        {
            WriteReplyHeader(BeginAnswer(session, RpcHeaderWire.SizeBytes), header.Opcode, header.RpcId, header.Tag, code, payloadBytes: 0);
            EndAnswer(session, RpcHeaderWire.SizeBytes);
        }
    }

    private void AnswerOverload(RpcSession session, in RpcHeaderWire header, uint retryAfterMs, ulong ticket)
    {
        if ((header.Flags & (ushort)RpcFlags.OneWay) != 0 || FaultRegistry.Fires(context.Options.Faults, FaultPoint.RpcReplyDropped))
        {
            return;
        }

        RpcHeaderWire* reply = BeginAnswer(session, RpcHeaderWire.SizeBytes + PlaceWire.SizeBytes);
        WriteReplyHeader(reply, header.Opcode, header.RpcId, header.Tag, DerCode.OverloadRetry, payloadBytes: 0, RpcFlags.Queued);
        *(PlaceWire*)(reply + 1) = new PlaceWire { RetryAfterMs = retryAfterMs, QueueTicket = ticket };
        EndAnswer(session, RpcHeaderWire.SizeBytes + PlaceWire.SizeBytes);
    }

    private static RpcHeaderWire* BeginAnswer(RpcSession session, int bytes) =>
        (RpcHeaderWire*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(session.Connection.BeginMessage(bytes)));

    private void EndAnswer(RpcSession session, int bytes)
    {
        session.Connection.EndMessage(bytes);
        context.Statistics.RepliesSent++;
    }

    private RpcRequest? TryRent()
    {
        if (_idleCount > 0)
        {
            return _idle[--_idleCount];
        }

        if (_all.Count == context.Options.RequestSlots)
        {
            return null;
        }

        var request = new RpcRequest(context);
        _all.Add(request);
        return request;
    }
}
