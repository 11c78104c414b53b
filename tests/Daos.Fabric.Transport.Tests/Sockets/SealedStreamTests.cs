using Daos.Fabric.Transport.Sockets.Buffers;
using Daos.Fabric.Transport.Sockets.Records;
using Daos.Fabric.Transport.Tests.Contract;

namespace Daos.Fabric.Transport.Tests.Sockets;

/// <summary>The whole contract over a record layer that changes every byte: nothing gets past the seam.</summary>
public sealed class SealedStreamTests : ContractTests
{
    private protected override Pair Open(Func<TransportOptions, TransportOptions>? change = null) =>
        new SimulatedPair(13, "tcp://127.0.0.1:0", change, static _ => new InvertingLayer());

    /// <summary>Records of a length (4 bytes) and inverted bytes.</summary>
    private sealed unsafe class InvertingLayer : RecordLayer
    {
        internal override bool IsReady => true;

        internal override string Fault => "";

        internal override int SealRoomBytes => 4 + (16 * 1024);

        internal override DerCode Start(SegmentBuffer reply) => DerCode.Success;

        internal override DerCode Open(SegmentBuffer received, SegmentBuffer plain, SegmentBuffer reply)
        {
            while (received.LengthBytes >= 4)
            {
                if (!received.MakeContiguous(4))
                {
                    return DerCode.NoMemory;
                }

                int length = *(int*)(received.Head!.Address + received.Head.Start);
                if (received.LengthBytes < 4 + length)
                {
                    return DerCode.Success;
                }

                if (!received.MakeContiguous(4 + length))
                {
                    return DerCode.NoMemory;
                }

                byte* from = received.Head!.Address + received.Head.Start + 4;
                for (int done = 0; done < length;)
                {
                    byte* to = plain.Reserve(1);
                    if (to is null)
                    {
                        return DerCode.NoMemory;
                    }

                    int here = Math.Min(length - done, plain.Tail!.Capacity - plain.Tail.End);
                    for (int i = 0; i < here; i++)
                    {
                        to[i] = (byte)~from[done + i];
                    }

                    plain.Commit(here);
                    done += here;
                }

                received.Consume(4 + length);
            }

            return DerCode.Success;
        }

        internal override DerCode Seal(ReadOnlySpan<byte> plain, SegmentBuffer send)
        {
            byte* to = send.Reserve(4 + plain.Length);
            if (to is null)
            {
                return DerCode.NoMemory;
            }

            *(int*)to = plain.Length;
            for (int i = 0; i < plain.Length; i++)
            {
                to[4 + i] = (byte)~plain[i];
            }

            send.Commit(4 + plain.Length);
            return DerCode.Success;
        }

        public override void Dispose()
        {
        }
    }
}
