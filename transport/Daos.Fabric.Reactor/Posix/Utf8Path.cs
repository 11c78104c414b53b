using System.Text;

namespace Daos.Fabric.Reactor.Posix;

/// <summary>A path as the system takes it: UTF-8 with a zero at the end, on the caller's stack when short. Lives for one call.</summary>
internal readonly unsafe ref struct Utf8Path
{
    /// <summary>Stack space that a caller offers.</summary>
    internal const int StackBytes = 512;

    private readonly Span<byte> _bytes;

    internal Utf8Path(string path, Span<byte> stack)
    {
        if (path.Contains('\0'))
        {
            throw new ArgumentException("a path may not contain a zero character", nameof(path));
        }

        int length = Encoding.UTF8.GetByteCount(path) + 1;
        _bytes = length <= stack.Length ? stack[..length] : new byte[length];
        Encoding.UTF8.GetBytes(path, _bytes);
        _bytes[length - 1] = 0;
    }

    /// <summary>Lets <c>fixed</c> take the address.</summary>
    public ref byte GetPinnableReference() => ref MemoryMarshal.GetReference(_bytes);
}
