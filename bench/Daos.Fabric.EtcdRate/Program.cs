using System.Diagnostics;
using System.Globalization;

namespace Daos.Fabric.EtcdRate;

/// <summary>So many callers, each with a key of its own that it compares and swaps without a break, through the metadata store or without it.</summary>
internal static class Program
{
    private const int ValueBytes = 64;

    private static async Task<int> Main(string[] arguments)
    {
        if (arguments is ["--help" or "-h"])
        {
            Console.WriteLine("usage: etcd_rate store|plain URL CALLERS RAMP-SECONDS SECONDS");
            return 0;
        }

        if (arguments is not [("store" or "plain"), string url, string callersText, string rampText, string secondsText]
            || !Uri.TryCreate(url, UriKind.Absolute, out Uri? endpoint)
            || !int.TryParse(callersText, CultureInfo.InvariantCulture, out int callers) || callers is < 1 or > 1024
            || !double.TryParse(rampText, CultureInfo.InvariantCulture, out double ramp)
            || !double.TryParse(secondsText, CultureInfo.InvariantCulture, out double seconds) || seconds <= 0)
        {
            Console.Error.WriteLine("usage: etcd_rate store|plain URL CALLERS RAMP-SECONDS SECONDS");
            return 2;
        }

        await using ISwapper swapper = arguments[0] == "store" ? new StoreSwapper(endpoint, callers) : new PlainSwapper(endpoint);
        await RunAsync(swapper, callers, ramp).ConfigureAwait(false);
        double rate = await RunAsync(swapper, callers, seconds).ConfigureAwait(false);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{arguments[0]} callers={callers} ops/s={rate:F1}"));
        return 0;
    }

    private static async Task<double> RunAsync(ISwapper swapper, int callers, double seconds)
    {
        long start = Stopwatch.GetTimestamp();
        long[] done = await Task.WhenAll(Enumerable.Range(0, callers).Select(CallAsync)).ConfigureAwait(false);
        return done.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds;

        async Task<long> CallAsync(int caller)
        {
            string key = $"key/{caller}";
            byte[] value = new byte[ValueBytes];
            long revision = await swapper.RevisionAsync(key).ConfigureAwait(false);
            long swaps = 0;
            while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
            {
                BitConverter.TryWriteBytes(value, swaps);
                revision = await swapper.SwapAsync(key, revision, value).ConfigureAwait(false);
                swaps++;
            }

            return swaps;
        }
    }
}
