namespace Daos.Fabric.Reactor.Simulated;

/// <summary>What a simulated disk does to one operation. Each kind concerns reads, writes, flushes (durable writes included) or calls.</summary>
public enum MediaFaultKind : byte
{
    /// <summary>A read fails with EIO.</summary>
    ReadError,

    /// <summary>A read gets only a part, which ends at a block.</summary>
    ReadShort,

    /// <summary>A read answers success with the bytes of another place of the file.</summary>
    ReadMisdirected,

    /// <summary>A read answers success with one bit turned; the next one is right again.</summary>
    ReadFlipped,

    /// <summary>A write fails with EIO; half of the time a part of it reached the file.</summary>
    WriteError,

    /// <summary>A write fails with ENOSPC and changes nothing.</summary>
    WriteNoSpace,

    /// <summary>A write takes only a part, which ends at a block.</summary>
    WriteShort,

    /// <summary>A write answers success and changes nothing (lost write).</summary>
    WriteDropped,

    /// <summary>A write answers success and only its beginning or end arrives, cut at 512 bytes.</summary>
    WriteTornSector,

    /// <summary>The same, cut at 4 KiB.</summary>
    WriteTornBlock,

    /// <summary>A write answers success and lies at another place of the file.</summary>
    WriteMisdirected,

    /// <summary>A write answers success and one of its bits is stored wrong.</summary>
    WriteFlipped,

    /// <summary>A write answers success and one of its sectors is stored as zeros.</summary>
    WriteZeroed,

    /// <summary>A flush fails with EIO, once: what it covered counts as clean from then on although it is not stable.</summary>
    FlushError,

    /// <summary>A flush answers success, and what it covered counts as clean from then on although it is not stable.</summary>
    FlushLost,

    /// <summary>Any operation ends with EINTR and did nothing.</summary>
    Interrupted,

    /// <summary>Any operation takes <see cref="MediaFault.Argument"/> ns longer.</summary>
    Delayed,

    /// <summary>From this operation on the disk answers nothing, for <see cref="MediaFault.Argument"/> ns or until it is thawed.</summary>
    Frozen,

    /// <summary>Creating, opening, growing, measuring, locking or removing a file fails with DER_IO.</summary>
    CallError,

    /// <summary>Creating or growing a file or a directory fails with DER_NOSPACE.</summary>
    CallNoSpace,

    /// <summary>Giving a range back fails with EIO and changes nothing.</summary>
    TrimError,

    /// <summary>Giving a range back ends with EOPNOTSUPP, as on a device that cannot.</summary>
    TrimUnknown,
}
