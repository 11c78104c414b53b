namespace Daos.Fabric.Reactor.Simulated;

/// <summary>What an entry of the <see cref="EventHash"/> stands for.</summary>
public enum SimulatedEventKind : byte
{
    /// <summary>None.</summary>
    None,

    /// <summary>A loop ran a turn (loop, items run).</summary>
    Turn,

    /// <summary>A socket was accepted (loop, descriptor).</summary>
    Accept,

    /// <summary>A connect ended (loop, result).</summary>
    Connect,

    /// <summary>A receive ended (loop, result).</summary>
    Receive,

    /// <summary>A send ended (loop, result).</summary>
    Send,

    /// <summary>A file read ended (loop, result).</summary>
    ReadFile,

    /// <summary>A file write ended (loop, result).</summary>
    WriteFile,

    /// <summary>A flush ended (loop, result).</summary>
    FlushFile,

    /// <summary>Timers ran (loop, count).</summary>
    Timers,

    /// <summary>Bytes reached a socket (descriptor, bytes).</summary>
    Delivery,

    /// <summary>A connection broke (descriptor, errno).</summary>
    Reset,

    /// <summary>A node stopped or started (node, how).</summary>
    Node,

    /// <summary>What a power cut did to one write (kept sectors, dropped sectors).</summary>
    PowerCut,

    /// <summary>Something that a test mixed in.</summary>
    Test,

    /// <summary>A single message arrived (from node, to node).</summary>
    Message,

    /// <summary>A range of a file was given back (loop, result).</summary>
    TrimFile,
}
