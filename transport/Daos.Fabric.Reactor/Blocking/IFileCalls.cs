namespace Daos.Fabric.Reactor.Blocking;

/// <summary>File calls that block, as helper threads make them. Any thread. Each returns bytes, 0 or a negative errno.</summary>
internal unsafe interface IFileCalls
{
    /// <summary>Reads; short only at the end of the file.</summary>
    int Read(int file, byte* destination, int lengthBytes, long offsetBytes);

    /// <summary>Writes; with <paramref name="durable"/> the bytes survive a power cut once it returns.</summary>
    int Write(int file, byte* source, int lengthBytes, long offsetBytes, bool durable);

    /// <summary>Makes what was written before durable.</summary>
    int Flush(int file);

    /// <summary>Gives the blocks of a range back; -EOPNOTSUPP where nothing below can.</summary>
    int Trim(int file, long offsetBytes, long lengthBytes);
}
