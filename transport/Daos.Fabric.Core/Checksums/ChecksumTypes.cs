namespace Daos.Fabric.Core.Checksums;

/// <summary>Sizes and DAOS's names of the kinds of checksums. Any thread.</summary>
public static class ChecksumTypes
{
    /// <summary>Words of 32 bits of the longest checksum.</summary>
    public const int WordsMax = 16;

    private static readonly string[] s_names = ["off", "crc32", "crc16", "crc64", "sha1", "sha256", "sha512", "adler32"];

    /// <summary>True for a number that names a kind, <see cref="ChecksumType.None"/> included.</summary>
    public static bool IsKnown(uint number) => number <= (uint)ChecksumType.Adler32;

    /// <summary>
    /// Words of 32 bits that one checksum takes wherever checksums are kept; a shorter one is padded with zeros. 0 for none.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Words(ChecksumType type) => (int)(type == ChecksumType.Crc32C ? 1 : WordsOfOthers(type));

    /// <summary>DAOS's name, as in the container property cksum.</summary>
    public static string NameOf(ChecksumType type) => s_names[(int)type];

    /// <summary>Reads a name; false when it names nothing.</summary>
    public static bool TryParse(ReadOnlySpan<char> name, out ChecksumType type)
    {
        for (int i = 0; i < s_names.Length; i++)
        {
            if (name.SequenceEqual(s_names[i]))
            {
                type = (ChecksumType)i;
                return true;
            }
        }

        type = ChecksumType.None;
        return false;
    }

    private static uint WordsOfOthers(ChecksumType type) => type switch
    {
        ChecksumType.None => 0,
        ChecksumType.Crc64 => 2,
        ChecksumType.Sha1 => 5,
        ChecksumType.Sha256 => 8,
        ChecksumType.Sha512 => WordsMax,
        _ => 1,
    };
}
