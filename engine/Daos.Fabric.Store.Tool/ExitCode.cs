namespace Daos.Fabric.Store.Tool;

/// <summary>How a run ends.</summary>
internal static class ExitCode
{
    /// <summary>Nothing is damaged; there may be warnings.</summary>
    internal const int Sound = 0;

    /// <summary>Something is damaged.</summary>
    internal const int Damaged = 1;

    /// <summary>The command line makes no sense.</summary>
    internal const int Usage = 2;

    /// <summary>There is no store there, or it is in use or cannot be read: nothing is known about it.</summary>
    internal const int Unavailable = 3;
}
