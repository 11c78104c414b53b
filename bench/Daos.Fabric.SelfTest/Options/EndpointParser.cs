namespace Daos.Fabric.SelfTest.Options;

/// <summary>
/// Reads endpoints: <c>RANKS:TAGS</c> with lists of numbers and ranges (<c>0-2,5:0-1</c>), or <c>ADDRESS#TAGS</c> where <c>#TAGS</c> may be
/// left out for tag 0. Any thread.
/// </summary>
internal static class EndpointParser
{
    internal static IEnumerable<EndpointSpec> Parse(string option, string text)
    {
        if (text.Contains("://", StringComparison.Ordinal))
        {
            return ParseAddress(option, text);
        }

        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0)
        {
            throw new UsageException($"{option} {text}: not an endpoint; write ranks and tags as 0-2:0 or an address as tcp://127.0.0.1:10001#2");
        }

        return
            from rank in Numbers(option, text, text[..colon], int.MaxValue)
            from tag in Numbers(option, text, text[(colon + 1)..], SelfTestLimits.TagsMax - 1)
            select new EndpointSpec(new Rank((uint)rank), null, (ushort)tag);
    }

    private static IEnumerable<EndpointSpec> ParseAddress(string option, string text)
    {
        int hash = text.IndexOf('#', StringComparison.Ordinal);
        string address = hash < 0 ? text : text[..hash];
        if (!TransportUri.TryParse(address, out TransportUri? uri, out string? error))
        {
            throw new UsageException($"{option} {text}: {error}");
        }

        return Numbers(option, text, hash < 0 ? "0" : text[(hash + 1)..], SelfTestLimits.TagsMax - 1)
            .Select(tag => new EndpointSpec(Rank.None, uri, (ushort)tag));
    }

    private static List<int> Numbers(string option, string whole, string text, int max)
    {
        var numbers = new List<int>();
        foreach (string part in text.Split(','))
        {
            string[] ends = part.Split('-');
            int last = 0;
            bool isGood = ends.Length is 1 or 2
                && TryNumber(ends[0], max, out int first)
                && TryNumber(ends[^1], max, out last)
                && first <= last;
            if (!isGood)
            {
                throw new UsageException($"{option} {whole}: '{part}' is neither a number nor a range such as 0-3, from 0 to {max}");
            }

            int begin = int.Parse(ends[0], CultureInfo.InvariantCulture);
            if ((long)last - begin + numbers.Count >= SelfTestLimits.EndpointsMax)
            {
                throw new UsageException($"{option} {whole}: at most {SelfTestLimits.EndpointsMax} endpoints are measured at once");
            }

            numbers.AddRange(Enumerable.Range(begin, last - begin + 1));
        }

        return numbers;
    }

    private static bool TryNumber(string text, int max, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= max;
}
