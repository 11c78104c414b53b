namespace Daos.Fabric.Mgmt.Engines;

/// <summary>A started engine. Any thread.</summary>
internal interface IEngineProcess
{
    /// <summary>Of the system.</summary>
    int Id { get; }

    /// <summary>Completes when it serves; null when it ended before.</summary>
    Task<EngineReady?> Ready { get; }

    /// <summary>Completes when it has ended and everything it wrote was read. Never fails.</summary>
    Task<EngineExit> Exited { get; }

    /// <summary>Asks it to end cleanly; nothing happens when it has ended.</summary>
    void Terminate();

    /// <summary>Ends it at once; what it acknowledged is durable.</summary>
    void Kill();
}
