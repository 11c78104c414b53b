using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using FASTER.core;

namespace Daos.Fabric.FasterPeer;

/// <summary>
/// Microsoft.FASTER.Core with spans, in memory, one thread: 16 B keys out of a number of them, loaded first, 64 B values. Puts are upserts
/// in place, gets copy the value out and compare it with its key.
/// </summary>
internal static class Program
{
    private const int KeyBytes = 16;
    private const int ValueBytes = 64;
    private const int OperationsPerLook = 256;

    private static int Main(string[] arguments)
    {
        if (arguments.Length != 4 || arguments[0] is not ("put" or "get"))
        {
            Console.Error.WriteLine("usage: faster_peer put|get keys ramp-seconds seconds");
            return 2;
        }

        long keys = long.Parse(arguments[1], CultureInfo.InvariantCulture);
        double ramp = double.Parse(arguments[2], CultureInfo.InvariantCulture);
        double seconds = double.Parse(arguments[3], CultureInfo.InvariantCulture);
        using IDevice device = new NullDevice();
        var settings = new LogSettings { LogDevice = device, ObjectLogDevice = device, MemorySizeBits = 31, PageSizeBits = 22, MutableFraction = 0.99 };
        using var store = new FasterKV<SpanByte, SpanByte>((long)BitOperations.RoundUpToPowerOf2((ulong)keys), settings);
        using ClientSession<SpanByte, SpanByte, SpanByte, SpanByteAndMemory, Empty, SpanByteFunctions<Empty>> session =
            store.For(new SpanByteFunctions<Empty>()).NewSession<SpanByteFunctions<Empty>>();
        for (long key = 0; key < keys; key++)
        {
            Put(session, key, key);
        }

        bool isPut = arguments[0] == "put";
        ulong state = 88172645463325252;
        Run(session, isPut, keys, ramp, ref state);
        double rate = Run(session, isPut, keys, seconds, ref state);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{arguments[0]} keys={keys} ops/s={rate:F0}"));
        return 0;
    }

    private static double Run(
        ClientSession<SpanByte, SpanByte, SpanByte, SpanByteAndMemory, Empty, SpanByteFunctions<Empty>> session,
        bool isPut,
        long keys,
        double seconds,
        ref ulong state)
    {
        long start = Stopwatch.GetTimestamp();
        long done = 0;
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
        {
            for (int i = 0; i < OperationsPerLook; i++, done++)
            {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                long key = (long)(state % (ulong)keys);
                if (isPut)
                {
                    Put(session, key, key);
                }
                else
                {
                    Get(session, key);
                }
            }
        }

        return done / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static void Put(
        ClientSession<SpanByte, SpanByte, SpanByte, SpanByteAndMemory, Empty, SpanByteFunctions<Empty>> session, long key, long content)
    {
        Span<byte> keyBytes = stackalloc byte[KeyBytes];
        Span<byte> valueBytes = stackalloc byte[ValueBytes];
        keyBytes.Clear();
        valueBytes.Fill((byte)content);
        BitConverter.TryWriteBytes(keyBytes, key);
        BitConverter.TryWriteBytes(valueBytes, content);
        session.Upsert(SpanByte.FromFixedSpan(keyBytes), SpanByte.FromFixedSpan(valueBytes));
    }

    private static void Get(
        ClientSession<SpanByte, SpanByte, SpanByte, SpanByteAndMemory, Empty, SpanByteFunctions<Empty>> session, long key)
    {
        Span<byte> keyBytes = stackalloc byte[KeyBytes];
        Span<byte> valueBytes = stackalloc byte[ValueBytes];
        keyBytes.Clear();
        BitConverter.TryWriteBytes(keyBytes, key);
        SpanByte spanKey = SpanByte.FromFixedSpan(keyBytes);
        SpanByteAndMemory output = SpanByteAndMemory.FromFixedSpan(valueBytes);
        Status status = session.Read(ref spanKey, ref output);
        if (!status.Found || !output.IsSpanByte || output.SpanByte.Length != ValueBytes || BitConverter.ToInt64(valueBytes) != key)
        {
            throw new InvalidOperationException($"key {key}: {status}");
        }
    }
}
