using System.Text;

namespace Daos.Fabric.Architecture.Tests.Support;

/// <summary>Blanks comments and string contents of C#, so that a scan sees code only.</summary>
internal static class CodeText
{
    public static string Blank(string source)
    {
        var output = new StringBuilder(source.Length);
        int at = 0;
        CopyCode(source, ref at, output, untilBrace: false);
        return output.ToString();
    }

    // Copies code until the end, or until the brace that closes an interpolation hole.
    private static void CopyCode(string source, ref int at, StringBuilder output, bool untilBrace)
    {
        int depth = 0;
        while (at < source.Length)
        {
            char c = source[at];
            if (StartsWith(source, at, "//"))
            {
                BlankUntil(source, ref at, output, "\n", keepEnd: false);
            }
            else if (StartsWith(source, at, "/*"))
            {
                BlankUntil(source, ref at, output, "*/", keepEnd: true);
            }
            else if (c == '\'')
            {
                BlankCharacter(source, ref at, output);
            }
            else if (c is '"' or '$' or '@' && TryReadPrefix(source, at, out int quote, out int dollars, out bool verbatim))
            {
                BlankString(source, ref at, output, quote, dollars, verbatim);
            }
            else
            {
                depth += c == '{' ? 1 : c == '}' ? -1 : 0;
                if (untilBrace && depth < 0)
                {
                    return;
                }

                output.Append(c);
                at++;
            }
        }
    }

    private static bool TryReadPrefix(string source, int at, out int quote, out int dollars, out bool verbatim)
    {
        dollars = 0;
        verbatim = false;
        quote = at;
        while (quote < source.Length && source[quote] is '$' or '@')
        {
            dollars += source[quote] == '$' ? 1 : 0;
            verbatim |= source[quote] == '@';
            quote++;
        }

        return quote < source.Length && source[quote] == '"';
    }

    private static void BlankString(string source, ref int at, StringBuilder output, int quote, int dollars, bool verbatim)
    {
        int quotes = 0;
        while (quote + quotes < source.Length && source[quote + quotes] == '"')
        {
            quotes++;
        }

        bool raw = quotes >= 3 && !verbatim;
        string end = raw ? new string('"', quotes) : "\"";
        Skip(source, ref at, output, quote + end.Length);
        while (at < source.Length && !StartsWith(source, at, end))
        {
            if (!raw && verbatim && StartsWith(source, at, "\"\""))
            {
                Skip(source, ref at, output, at + 2);
            }
            else if (!raw && !verbatim && source[at] == '\\')
            {
                Skip(source, ref at, output, Math.Min(at + 2, source.Length));
            }
            else if (dollars > 0 && source[at] == '{')
            {
                BlankHole(source, ref at, output, raw ? dollars : 1);
            }
            else
            {
                Skip(source, ref at, output, at + 1);
            }

            if (!raw && verbatim && StartsWith(source, at, "\"\""))
            {
                Skip(source, ref at, output, at + 2);
            }
        }

        Skip(source, ref at, output, Math.Min(at + end.Length, source.Length));
    }

    private static void BlankHole(string source, ref int at, StringBuilder output, int braces)
    {
        int run = 0;
        while (at + run < source.Length && source[at + run] == '{')
        {
            run++;
        }

        Skip(source, ref at, output, at + run);
        bool isHole = braces == 1 ? run % 2 == 1 : run >= braces;
        if (isHole)
        {
            CopyCode(source, ref at, output, untilBrace: true);
            Skip(source, ref at, output, Math.Min(at + braces, source.Length));
        }
    }

    private static void BlankCharacter(string source, ref int at, StringBuilder output)
    {
        int end = at + 1;
        while (end < source.Length && source[end] is not ('\'' or '\n'))
        {
            end += source[end] == '\\' ? 2 : 1;
        }

        Skip(source, ref at, output, Math.Min(end + 1, source.Length));
    }

    private static void BlankUntil(string source, ref int at, StringBuilder output, string end, bool keepEnd)
    {
        int found = source.IndexOf(end, at, StringComparison.Ordinal);
        int stop = found < 0 ? source.Length : keepEnd ? found + end.Length : found;
        Skip(source, ref at, output, stop);
    }

    private static void Skip(string source, ref int at, StringBuilder output, int stop)
    {
        for (; at < stop; at++)
        {
            output.Append(source[at] == '\n' ? '\n' : ' ');
        }
    }

    private static bool StartsWith(string source, int at, string text) => string.CompareOrdinal(source, at, text, 0, text.Length) == 0;
}
