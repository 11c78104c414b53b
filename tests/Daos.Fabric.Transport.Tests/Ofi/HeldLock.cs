using System.IO.MemoryMappedFiles;

namespace Daos.Fabric.Transport.Tests.Ofi;

/// <summary>The lock word of an endpoint's shared memory, 24 bytes in.</summary>
internal sealed class HeldLock : IDisposable
{
    private const int LockOffset = 24;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly int _free;

    internal HeldLock(string name)
    {
        _file = MemoryMappedFile.CreateFromFile($"/dev/shm/{name}", FileMode.Open);
        _view = _file.CreateViewAccessor(0, 64);
        _free = _view.ReadInt32(LockOffset);
    }

    // With the word after it libfabric is told that there is something to do, so that it looks at all.
    internal void Hold()
    {
        _view.Write(LockOffset, _free == 0 ? 1 : 0);
        _view.Write(LockOffset + sizeof(int), 1);
    }

    internal void Release() => _view.Write(LockOffset, _free);

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
