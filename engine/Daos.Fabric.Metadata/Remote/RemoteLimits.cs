namespace Daos.Fabric.Metadata.Remote;

/// <summary>Limits of the way to a store elsewhere, each with its reason.</summary>
internal static class RemoteLimits
{
    /// <summary>Bytes of the entries of a page, about: the largest page whole would not fit into a message (DrpcLimits.MessageBytesMax).</summary>
    internal const int PageBytes = 4 << 20;

    /// <summary>Bytes of the changes of one answer: what is longer is said to be too old, so that it is read instead.</summary>
    internal const int ChangesBytesMax = 12 << 20;

    /// <summary>Changes of one answer, revisions.</summary>
    internal const int RevisionsMax = 256;

    /// <summary>Watches that are kept open for those who ask; the one that was not asked for longest makes room.</summary>
    internal const int WatchesMax = 1024;

    /// <summary>The longest that a question for changes waits, in milliseconds.</summary>
    internal const int WaitMsMax = 60_000;

    /// <summary>Bytes of a mark of a guard.</summary>
    internal const int MarkBytesMax = 64;

    /// <summary>Second byte of the keys of sessions, the only ones of a store's own that may be asked for from elsewhere.</summary>
    internal const byte SessionKey = (byte)'s';
}
