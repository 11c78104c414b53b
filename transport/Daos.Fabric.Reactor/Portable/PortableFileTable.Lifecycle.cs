namespace Daos.Fabric.Reactor.Portable;

/// <summary>
/// Open files by number. Any thread: adding and removing happen at start-up and shutdown under a lock, looking up needs none.
/// </summary>
internal sealed class PortableFileTable
{
    private readonly Lock _gate = new();
    private PortableFile?[] _files = new PortableFile?[16];

    /// <summary>The file, or null when the number names none.</summary>
    internal PortableFile? Find(int number)
    {
        PortableFile?[] files = Volatile.Read(ref _files);
        return (uint)(number - 1) < (uint)files.Length ? Volatile.Read(ref files[number - 1]) : null;
    }

    internal int Add(PortableFile file)
    {
        lock (_gate)
        {
            int index = Array.IndexOf(_files, null);
            if (index < 0)
            {
                index = _files.Length;
                PortableFile?[] larger = new PortableFile?[index * 2];
                _files.CopyTo(larger, 0);
                Volatile.Write(ref _files, larger);
            }

            Volatile.Write(ref _files[index], file);
            return index + 1;
        }
    }

    internal PortableFile? Remove(int number)
    {
        lock (_gate)
        {
            PortableFile? file = Find(number);
            if (file is not null)
            {
                Volatile.Write(ref _files[number - 1], null);
            }

            return file;
        }
    }
}
