using System.Buffers.Binary;
using Daos.Fabric.Core.Checksums;

namespace Daos.Fabric.Rpc.Tests.Wire;

/// <summary>
/// What a broken or hostile peer sends on a fresh connection, built from the documents and not from the code under test: frames that the
/// transport must refuse, and frames in order whose message the message layer must refuse.
/// </summary>
internal sealed class MalformedFrames(SeededRandom random)
{
    private const byte HelloKind = 1;
    internal const byte MessageKind = 3;

    /// <summary>All bytes of one connection; the last frame is the malformed one.</summary>
    internal byte[] Next(int number)
    {
        byte[] hello = Hello();
        byte[] good = RawPeer.Request(SelfTestOpcodes.Echo, 1, [1, 2, 3, 4, 5, 6, 7, 8]);
        return (number % 10) switch
        {
            0 => SpoiledHello(hello),
            1 => [.. hello, .. SpoiledChecksum(good)],
            2 => [.. hello, .. Frame((byte)(8 + random.Next(240)), good)],
            3 => [.. hello, .. TooLong()],
            4 => [.. hello, .. Frame(MessageKind, new byte[random.Next(RpcHeaderWire.SizeBytes)])],
            5 => [.. hello, .. Frame(MessageKind, good), .. Frame(MessageKind, SpoiledField(good))],
            6 => [.. hello, .. Frame(MessageKind, SpoiledField(good))],
            7 => [.. hello, .. Frame(MessageKind, RawPeer.Request(SelfTestOpcodes.Echo, 9, [], RpcFlags.Reply, 0))],
            8 => [.. hello, .. Frame(MessageKind, SpoiledModification())],
            _ => [.. hello, .. Frame(MessageKind, SpoiledLength(good))],
        };
    }

    /// <summary>One frame as it should be.</summary>
    internal static byte[] Frame(byte kind, byte[] payload)
    {
        byte[] frame = new byte[16 + ((payload.Length + 7) & ~7)];
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)payload.Length);
        frame[4] = kind;
        payload.CopyTo(frame, 16);
        uint crc = Crc32C.Append(Crc32C.Compute(frame.AsSpan(0, 16)), payload);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(8), crc);
        return frame;
    }

    /// <summary>A greeting of a peer without features.</summary>
    internal byte[] Hello() => Frame(HelloKind, HelloPayload());

    private byte[] HelloPayload()
    {
        byte[] hello = new byte[40];
        BinaryPrimitives.WriteUInt32LittleEndian(hello, 0x00544644);
        BinaryPrimitives.WriteUInt16LittleEndian(hello.AsSpan(4), 1);
        BinaryPrimitives.WriteUInt16LittleEndian(hello.AsSpan(6), 1);
        BinaryPrimitives.WriteUInt64LittleEndian(hello.AsSpan(16), random.NextUInt64());
        BinaryPrimitives.WriteUInt32LittleEndian(hello.AsSpan(24), 64 * 1024);
        BinaryPrimitives.WriteUInt32LittleEndian(hello.AsSpan(28), 1 << 20);
        return hello;
    }

    // A text protocol, or a hello whose checksum does not fit.
    private byte[] SpoiledHello(byte[] hello)
    {
        if (random.Chance(0.5))
        {
            return System.Text.Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: storage\r\nUser-Agent: nobody at all, really\r\n\r\n");
        }

        byte[] spoiled = [.. hello];
        spoiled[16 + random.Next(24)] ^= (byte)(1 << random.Next(8));
        return spoiled;
    }

    private byte[] SpoiledChecksum(byte[] message)
    {
        byte[] frame = Frame(MessageKind, message);
        frame[16 + random.Next(message.Length)] ^= (byte)(1 << random.Next(8));
        return frame;
    }

    private byte[] TooLong()
    {
        byte[] frame = Frame(MessageKind, new byte[64]);
        BinaryPrimitives.WriteUInt32LittleEndian(frame, 70_000u + (uint)random.Next(1 << 30));
        return frame;
    }

    private byte[] SpoiledField(byte[] good)
    {
        byte[] message = [.. good];
        switch (random.Next(7))
        {
            case 0:
                message[6] = (byte)(4 + random.Next(250));
                break;
            case 1:
                message[7] = (byte)(1 + random.Next(255));
                break;
            case 2:
                message[4] |= (byte)(0x40 << random.Next(2));
                break;
            case 3:
                message.AsSpan(8, 8).Clear();
                break;
            case 4:
                message[34 + random.Next(2)] = (byte)(1 + random.Next(255));
                break;
            case 5:
                BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(36), RpcLimits.DeadlineMsMax + 1 + (uint)random.Next(1 << 30));
                break;
            default:
                message[4] |= (byte)RpcFlags.Queued;
                break;
        }

        return message;
    }

    private byte[] SpoiledLength(byte[] good)
    {
        byte[] message = [.. good];
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(40), 9 + (uint)random.Next(int.MaxValue - 9));
        return message;
    }

    private byte[] SpoiledModification()
    {
        byte[] message = RawPeer.Request(SelfTestOpcodes.Echo, 1, new byte[ModificationWire.SizeBytes], RpcFlags.Modification);
        random.Fill(message.AsSpan(RpcHeaderWire.SizeBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(40), 0);
        message[RpcHeaderWire.SizeBytes + 55] = 0x80;
        return message;
    }
}
