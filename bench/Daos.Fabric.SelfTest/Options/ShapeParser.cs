namespace Daos.Fabric.SelfTest.Options;

/// <summary>
/// Reads message sizes as CART's self_test does: <c>(0 0),(i64 i64),(0 b1m)</c>, parentheses optional, send before reply; one size alone is
/// both. Prefix e, i or b says empty, inline or bulk; without one 0 is empty and 1 MiB or more is bulk. Any thread.
/// </summary>
internal static class ShapeParser
{
    private const long BulkFromBytes = 1 << 20;

    internal static List<SelfTestShape> Parse(string option, string text)
    {
        var shapes = new List<SelfTestShape>();
        foreach (string part in text.Split(','))
        {
            string inner = part.Trim();
            if (inner.StartsWith('(') && inner.EndsWith(')'))
            {
                inner = inner[1..^1];
            }

            string[] sides = inner.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (sides.Length is not (1 or 2))
            {
                throw new UsageException($"{option} '{text}': '{part.Trim()}' is not a pair of sizes; write \"(0 0),(i64 i64),(0 b1m)\"");
            }

            (SelfTestTransfer send, int sendBytes) = Side(option, sides[0]);
            (SelfTestTransfer reply, int replyBytes) = Side(option, sides[^1]);
            shapes.Add(new SelfTestShape(send, sendBytes, reply, replyBytes));
        }

        return shapes;
    }

    /// <summary>A side as it is written: <c>b1048576</c>.</summary>
    internal static string Format(SelfTestTransfer transfer, int bytes) => transfer switch
    {
        SelfTestTransfer.Empty => "0",
        SelfTestTransfer.Inline => string.Create(CultureInfo.InvariantCulture, $"i{bytes}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"b{bytes}"),
    };

    private static (SelfTestTransfer Transfer, int Bytes) Side(string option, string text)
    {
        char prefix = char.ToLowerInvariant(text[0]);
        string number = char.IsAsciiLetter(prefix) ? text[1..] : text;
        if (prefix == 'e' && number.Length == 0)
        {
            number = "0";
        }

        long factor = number.Length == 0 ? 1 : char.ToLowerInvariant(number[^1]) switch { 'k' => 1L << 10, 'm' => 1L << 20, _ => 1 };
        string digits = factor == 1 ? number : number[..^1];
        bool isNumber = long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long count) && count <= SelfTestShape.SideBytesMax;
        long bytes = count * factor;
        SelfTestTransfer? transfer = prefix switch
        {
            'e' => SelfTestTransfer.Empty,
            'i' => SelfTestTransfer.Inline,
            'b' => SelfTestTransfer.Bulk,
            _ when !char.IsAsciiDigit(prefix) => null,
            _ => bytes == 0 ? SelfTestTransfer.Empty : bytes >= BulkFromBytes ? SelfTestTransfer.Bulk : SelfTestTransfer.Inline,
        };
        bool isGood = isNumber && transfer is { } known && bytes <= SelfTestShape.SideBytesMax && (known == SelfTestTransfer.Empty) == (bytes == 0);
        return isGood
            ? (transfer!.Value, (int)bytes)
            : throw new UsageException($"{option}: '{text}' is not a size; write 0, i64, 4k or b1m, at most {SelfTestShape.SideBytesMax} bytes");
    }
}
