using System.Net.Sockets;

namespace Daos.Fabric.Protocol.Drpc.Sockets;

/// <summary>Something that came to a listener: a connection, a message, or the end of either. A value.</summary>
/// <param name="Session">Whose; null for the listener's own.</param>
/// <param name="Accepted">A new connection.</param>
/// <param name="Message">A call as it came.</param>
/// <param name="Code">Why session or listener ended.</param>
internal readonly record struct DrpcEvent(DrpcSession? Session, Socket? Accepted, byte[]? Message, DerCode Code);
